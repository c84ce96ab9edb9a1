// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package deployment

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/internal/credentials"
)

func TestOutputsData(t *testing.T) {
	type values = map[string]any
	type texts = map[string]string
	big := strings.Repeat("x", maxOutputs)

	for _, row := range []struct {
		name                  string
		capabilities, outputs values
		data                  texts
		omitted               []string
	}{
		{"nothing", nil, nil, texts{}, nil},
		{"a capability", values{"url": "http://shop"}, nil, texts{"url": "http://shop"}, nil},
		{"an output", nil, values{"url": "http://shop"}, texts{"url": "http://shop"}, nil},
		{"both, of other names", values{"url": "a"}, values{"name": "b"}, texts{"url": "a", "name": "b"}, nil},
		{"both, of one name", values{"url": "a"}, values{"url": "b"}, texts{"url": "a", "output.url": "b"}, nil},
		{"a null capability beside an output", values{"url": nil}, values{"url": "b"}, texts{"output.url": "b"}, nil},
		{"a large number", values{"n": json.Number("12345678901234567890")}, nil, texts{"n": "12345678901234567890"}, nil},
		{"a boolean", values{"on": true}, nil, texts{"on": "true"}, nil},
		{"an object", values{"o": values{"a": []any{"b", nil}}}, nil, texts{"o": `{"a":["b",null]}`}, nil},
		{"an empty string", values{"s": ""}, nil, texts{"s": ""}, nil},
		{"a null", values{"gone": nil}, nil, texts{}, nil},
		{"names that are no keys", values{"not a key": "a", "ok": "b", "..": "c"}, values{"a/b": "d"}, texts{"ok": "b"}, []string{"..", "a/b", "not a key"}},
		{"a null of a name that is no key", values{"not a key": nil}, nil, texts{}, nil},
		{"more than a Secret can hold", values{"a": "small", "b": big, "c": "small"}, nil, texts{"a": "small", "c": "small"}, []string{"b"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			data, omitted := outputsData(credentials.Outputs{Capabilities: row.capabilities, Outputs: row.outputs})
			has := texts{}
			for key, value := range data {
				has[key] = string(value)
			}
			g.Expect(has).To(Equal(row.data))
			g.Expect(omitted).To(Equal(row.omitted))
		})
	}
}

// The status names a Secret that is there, and the former one until it is gone: nothing else knows of that.
func TestTheFormerSecretIsNotForgotten(t *testing.T) {
	g := NewWithT(t)
	former := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "former"}}
	r := newReconciler(t)
	g.Expect(controllerutil.SetControllerReference(cellar().deployment, former, r.Scheme())).To(Succeed())
	g.Expect(r.Create(t.Context(), former)).To(Succeed())
	deletes, evaluates := false, false
	r.Client = interceptor.NewClient(r.Client.(client.WithWatch), interceptor.Funcs{
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			if !deletes {
				return errors.New("no route to the API server")
			}
			return c.Delete(ctx, o, opts...)
		},
	})
	publish := func() (string, error) {
		s := cellar(deployed("active", run(workflowInstall, "terminated", ask)), func(s *scope) {
			s.deployment.Status.Binding = &v1alpha1.LocalObjectReference{Name: "former"}
		})
		answers := manager{}
		if !evaluates {
			answers["GET deployments/"+id+"/outputs"] = answer{403, code("forbidden_error")}
		}
		s.conn, _ = answers.connect(t, r)
		err := r.publish(t.Context(), s)
		return s.effect.outputs.secret, err
	}

	binding, err := publish()
	g.Expect(err).To(HaveOccurred())
	g.Expect(binding).To(BeEmpty(), "there is no other Secret yet")
	evaluates = true
	binding, err = publish()
	g.Expect(err).To(MatchError(ContainSubstring("no route to the API server")))
	g.Expect(binding).To(BeEmpty(), "the former is still there")
	deletes = true
	binding, err = publish()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(binding).To(Equal("cellar-outputs"))
	g.Expect(r.Get(t.Context(), types.NamespacedName{Namespace: "shop", Name: "cellar-outputs"}, &corev1.Secret{})).To(Succeed())
	g.Expect(apierrors.IsNotFound(r.Get(t.Context(), client.ObjectKeyFromObject(former), &corev1.Secret{}))).To(BeTrue())
}
