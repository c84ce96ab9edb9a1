// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

// maxAnnotation bounds what is kept of a platform's context and identity.
const maxAnnotation = 16 << 10

// annotate keeps where a request comes from, as the platform says. It decides nothing, and does not raise the generation. What
// the request does not say stays as it was; what is too long is not kept.
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
