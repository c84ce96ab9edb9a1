// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// clinging is the client of a replica whose deletions of Secrets fail.
type clinging struct {
	client.Client
	clings atomic.Bool
}

func (c *clinging) Delete(ctx context.Context, o client.Object, opts ...client.DeleteOption) error {
	if _, secret := o.(*corev1.Secret); secret && c.clings.Load() {
		return errors.New("the API server is away")
	}
	return c.Client.Delete(ctx, o, opts...)
}

// What cannot be deleted at once stays named on the object, and goes with the next poll or update.
func TestFormerSecretsAreDeletedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	api := &clinging{Client: current}
	w.platform = w.replica(api)
	d := w.provision("x", "free", `{"password":"s3cret-a"}`)
	first := d.Spec.OSB.ParametersSecret

	api.clings.Store(true)
	w.updates(w.patch("x", "", `{"password":"s3cret-b"}`))
	second := w.applies("x").Spec.OSB.ParametersSecret
	w.updates(w.patch("x", "", `{"password":"s3cret-c"}`))
	d = w.object("x")
	third := d.Spec.OSB.ParametersSecret
	w.Expect(w.secrets()).To(HaveLen(3))
	w.Expect(d.Annotations).To(HaveKeyWithValue(v1alpha1.OSBFormerSecretsAnnotation, And(ContainSubstring(first), ContainSubstring(second))))

	w.Expect(w.poll("x", token("update", d, 3)).State).To(Equal(osb.InProgress), "a poll is answered all the same")
	w.Expect(w.secrets()).To(HaveLen(3))
	api.clings.Store(false)
	w.Expect(w.poll("x", token("update", d, 3)).State).To(Equal(osb.InProgress))
	w.Expect(w.secrets()).To(Equal(map[string]map[string]string{third: {"password": "s3cret-c"}}))
	now := w.object("x")
	w.Expect(now.Annotations).NotTo(HaveKey(v1alpha1.OSBFormerSecretsAnnotation))
	w.Expect(now.Generation).To(Equal(d.Generation))
}

// An update that loses its race, and cannot take its Secret back, has the object name it.
func TestSecretsOfALostUpdateAreDeletedLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.provision("x", "free", `{"password":"s3cret-a"}`)
	api := &clinging{Client: current}
	api.clings.Store(true)
	overtakes := overtaken{api, func() {
		w.edit(func(d *v1alpha1.CloudifyDeployment) {
			metav1.SetMetaDataAnnotation(&d.ObjectMeta, "changes", d.ResourceVersion)
		})
	}}
	_, err := w.replica(overtakes).Update(t.Context(), w.patch("x", "", `{"password":"s3cret-b"}`))
	w.Expect(err).To(MatchError(service.ErrBusy))
	w.Expect(len(w.secrets())).To(BeNumerically(">", 1))
	w.Expect(w.poll("x", token("provision", d, 1)).State).To(Equal(osb.Succeeded))
	w.Expect(w.secrets()).To(Equal(map[string]map[string]string{d.Spec.OSB.ParametersSecret: {"password": "s3cret-a"}}))
}

// Whatever names a Secret of somebody else, the endpoint neither reads nor deletes it.
func TestSecretsOfOthersAreLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	others := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: w.namespace, Name: "bank"}, StringData: map[string]string{"password": "s3cret-of-others"},
	}
	w.Expect(env.Client.Create(t.Context(), others)).To(Succeed())
	w.provision("x", "free", `{"password":"s3cret-a"}`)
	w.publishes("x", map[string]any{"password": "s3cret-output"})

	for _, foreign := range []string{others.Name, w.object("x").Status.Binding.Name} {
		names := func(d *v1alpha1.CloudifyDeployment) {
			d.Spec.OSB.ParametersSecret = foreign
			d.Spec.InputsFrom = []v1alpha1.InputSource{{Input: "password", SecretKeyRef: &v1alpha1.KeyReference{Name: foreign, Key: "password"}}}
			metav1.SetMetaDataAnnotation(&d.ObjectMeta, v1alpha1.OSBFormerSecretsAnnotation, "bank,"+w.object("x").Status.Binding.Name)
		}
		w.edit(names)
		w.applies("x")
		held := w.secret(foreign).Data

		// No guess is told from another.
		for _, guess := range []string{string(held["password"]), "s3cret-of-nobody"} {
			_, err := w.Provision(t.Context(), w.put("x", "free", `{"password":"`+guess+`"}`))
			w.Expect(err).To(MatchError(service.ErrConflict))
			w.Expect(err).NotTo(MatchError(ContainSubstring(foreign)))
		}
		_, err := w.Update(t.Context(), w.patch("x", "", `{"keys":["s3cret-b"]}`))
		w.Expect(err).To(MatchError(ContainSubstring("the values of secret parameters are lost: send a value, or null, for password")))

		// A new value mends it.
		w.updates(w.patch("x", "", `{"password":"s3cret-c"}`))
		d := w.applies("x")
		w.Expect(d.Spec.OSB.ParametersSecret).NotTo(Equal(foreign))
		w.Expect(w.secret(d.Spec.OSB.ParametersSecret).Data).To(Equal(map[string][]byte{"password": []byte("s3cret-c")}))
		w.Expect(w.secret(foreign).Data).To(Equal(held))
		w.Expect(w.secret(others.Name).UID).To(Equal(others.UID))
	}
}
