// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// maxAnnotation bounds what is kept of what a platform tells about itself.
const maxAnnotation = 16 << 10

// annotate keeps what a request tells of where it comes from. It decides nothing, and does not raise the generation. What is
// not told stays; what is too long is not kept.
func annotate(o metav1.Object, context json.RawMessage, identity *osb.Identity) {
	set := func(key, value string) {
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		if annotations[key] = value; len(value) > maxAnnotation {
			delete(annotations, key)
		}
		o.SetAnnotations(annotations)
	}
	if len(context) > 0 && string(context) != "null" {
		set(v1alpha1.OSBContextAnnotation, string(context))
	}
	if identity != nil {
		set(v1alpha1.OSBIdentityAnnotation, identity.Platform+" "+string(identity.Value))
	}
}

// platform is the one that the context names.
func platform(context json.RawMessage) string {
	var told struct {
		Platform string `json:"platform"`
	}
	_ = json.Unmarshal(context, &told) // what cannot be read names none
	return told.Platform
}
