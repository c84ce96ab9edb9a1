// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Offering is a CloudifyBlueprint that stands for a blueprint at the Manager and is offered with so many plans.
func Offering(name string, plans int) *v1alpha1.CloudifyBlueprint {
	b := Blueprint(name)
	b.Spec.Offering = &v1alpha1.Offering{ID: name, Name: name, Description: "A shop of the benchmark, on a host of its own"}
	for _, size := range []string{"small", "medium", "large"}[:plans] {
		b.Spec.Offering.Plans = append(b.Spec.Offering.Plans, v1alpha1.Plan{
			Name: size, ID: name + "-" + size, Description: "A " + size + " shop",
			Inputs: map[string]v1alpha1.JSON{"size": {Raw: fmt.Appendf(nil, "%q", size)}},
		})
	}
	return b
}

// Blueprint is a CloudifyBlueprint that stands for the shop at the Manager, and may be used everywhere.
func Blueprint(name string) *v1alpha1.CloudifyBlueprint {
	return &v1alpha1.CloudifyBlueprint{
		ObjectMeta: metav1.ObjectMeta{Namespace: Catalog, Name: name},
		Spec: v1alpha1.CloudifyBlueprintSpec{
			BlueprintID:       Shop,
			AllowedNamespaces: &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll},
		},
	}
}

// Model is an instance as an operator left it, which others are made like.
type Model struct {
	Deployment *v1alpha1.CloudifyDeployment
	Outputs    *corev1.Secret
}

// ReadModel reads a deployment and its outputs.
func (r *Rig) ReadModel(ctx context.Context, name string) (*Model, error) {
	m := &Model{Deployment: &v1alpha1.CloudifyDeployment{}, Outputs: &corev1.Secret{}}
	if err := r.AsAdmin.Get(ctx, Deployments, name, m.Deployment); err != nil {
		return nil, fmt.Errorf("read CloudifyDeployment %s: %w", name, err)
	}
	if m.Deployment.Status.Binding == nil || m.Deployment.Status.Execution == nil {
		return nil, fmt.Errorf("CloudifyDeployment %s has no outputs Secret or no execution", name)
	}
	if err := r.AsAdmin.Get(ctx, Secrets, m.Deployment.Status.Binding.Name, m.Outputs); err != nil {
		return nil, fmt.Errorf("read the outputs of CloudifyDeployment %s: %w", name, err)
	}
	return m, nil
}

// Fresh is an object like another one, as it is sent to be created. It shares nothing with that: the answer is read into what was
// sent.
func Fresh(name string, like metav1.ObjectMeta) metav1.ObjectMeta {
	own := like.DeepCopy()
	return metav1.ObjectMeta{
		Namespace: own.Namespace, Name: name, Labels: own.Labels, Annotations: own.Annotations, Finalizers: own.Finalizers,
	}
}

// FreshSecret is a Secret like another one, as it is sent to be created.
func FreshSecret(name string, like *corev1.Secret) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: Fresh(name, like.ObjectMeta), Data: like.DeepCopy().Data}
}

// Renamed is a deployment like another one that was not created yet, as instance of its name if that one is an instance.
func Renamed(d *v1alpha1.CloudifyDeployment, name string) *v1alpha1.CloudifyDeployment {
	other := &v1alpha1.CloudifyDeployment{ObjectMeta: Fresh(name, d.ObjectMeta), Spec: *d.Spec.DeepCopy()}
	if other.Spec.OSB != nil {
		other.Spec.OSB.InstanceID = name
	}
	return other
}

// Remote is the ID at the Manager of the deployment of an object.
func Remote(o client.Object) string { return "k8s-" + string(o.GetUID()) }

// Copy adds a deployment like the model, as an operator would have left it: object, status, outputs, and the deployment at the
// Manager if that is wanted.
func (r *Rig) Copy(ctx context.Context, m *Model, name string, atManager bool) error {
	d := Renamed(m.Deployment, name)
	if err := r.AsOperator.Create(ctx, Deployments, d); err != nil { // who else may not say that it is an instance
		return fmt.Errorf("create CloudifyDeployment %s: %w", name, err)
	}
	execution := m.Deployment.Status.Execution.ID
	if atManager {
		remote, _ := r.Manager.Deployment(Remote(m.Deployment))
		if err := r.Manager.AddDeployment(Remote(d), m.Deployment.Status.BlueprintID, remote.Inputs, nil); err != nil {
			return fmt.Errorf("add deployment %s to the Manager: %w", Remote(d), err)
		}
		r.Manager.Install(Remote(d))
		remote, _ = r.Manager.Deployment(Remote(d))
		execution = remote.LatestExecution
	}
	outputs := strings.Replace(m.Outputs.Name, m.Deployment.Name, name, 1)
	status, err := json.Marshal(map[string]any{"status": m.Deployment.Status})
	if err != nil {
		return fmt.Errorf("encode a status: %w", err)
	}
	text := strings.NewReplacer(Remote(m.Deployment), Remote(d), m.Deployment.Status.Execution.ID, execution, m.Outputs.Name, outputs).Replace(string(status))
	secret := FreshSecret(outputs, m.Outputs)
	if err := controllerutil.SetControllerReference(d, secret, Scheme); err != nil {
		return fmt.Errorf("own the outputs of %s: %w", name, err)
	}
	if err := r.AsOperator.Create(ctx, Secrets, secret); err != nil {
		return fmt.Errorf("create the outputs of %s: %w", name, err)
	}
	if err := r.AsOperator.Patch(ctx, Deployments, name, types.MergePatchType, []byte(text), d, "status"); err != nil {
		return fmt.Errorf("write the status of CloudifyDeployment %s: %w", name, err)
	}
	return nil
}

// Discover has the operator make a CloudifyBlueprint in Services, with an offering, of each blueprint at the Manager.
func (r *Rig) Discover(ctx context.Context) error {
	m := r.Manager.connection()
	if err := r.Admin.Get(ctx, client.ObjectKeyFromObject(m), m); err != nil {
		return fmt.Errorf("read the CloudifyManager: %w", err)
	}
	m.Spec.Discovery = &v1alpha1.ManagerDiscovery{
		Namespace: Services, Offered: new(true), AllowedNamespaces: &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll},
	}
	if err := r.Admin.Update(ctx, m); err != nil {
		return fmt.Errorf("turn discovery on: %w", err)
	}
	return nil
}
