// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package index

import (
	"context"
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// indexer keeps what is registered, by kind and field.
type indexer map[string]client.IndexerFunc

func (i indexer) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	i[fmt.Sprintf("%T %s", o, field)] = values
	return nil
}

func (i indexer) of(o client.Object, field string) []string {
	return i[fmt.Sprintf("%T %s", o, field)](o)
}

func TestIndexes(t *testing.T) {
	registered := indexer{}
	NewWithT(t).Expect(Setup(t.Context(), registered)).To(Succeed())

	manager := &v1alpha1.CloudifyManager{}
	manager.Spec.CredentialsSecretRef.Name = "manager"
	trusting := manager.DeepCopy()
	trusting.Spec.TLS = &v1alpha1.ManagerTLS{CARef: &v1alpha1.CAReference{Kind: "ConfigMap", Name: "ca"}}
	careless := manager.DeepCopy()
	careless.Spec.TLS = &v1alpha1.ManagerTLS{InsecureSkipVerify: true}

	claimed := metav1.ObjectMeta{Namespace: "shop", Annotations: map[string]string{v1alpha1.ManagerAnnotation: "first"}}
	blueprint := &v1alpha1.CloudifyBlueprint{ObjectMeta: claimed}
	blueprint.Spec.Source = &v1alpha1.BlueprintSource{ConfigMapRef: &v1alpha1.ConfigMapSource{Name: "files"}}
	other := &v1alpha1.CloudifyBlueprint{}
	other.Spec.ManagerRef = &v1alpha1.ManagerReference{Name: "other"}
	other.Spec.BlueprintID = "kept"
	offered := &v1alpha1.CloudifyBlueprint{ObjectMeta: metav1.ObjectMeta{Name: "cellar"}}
	offered.Spec.Source = &v1alpha1.BlueprintSource{Inline: &v1alpha1.InlineSource{}}
	offered.Spec.Offering = &v1alpha1.Offering{Name: "new", ID: "18", Plans: []v1alpha1.Plan{{Name: "small", ID: "20"}, {Name: "large"}}}
	offered.Status.BlueprintID = "cellar-1"
	offered.Status.Offering = &v1alpha1.OfferingStatus{Name: "cellar", ID: "17", Plans: []v1alpha1.PlanStatus{{Name: "small", ID: "19"}}}
	inline := &v1alpha1.CloudifyBlueprint{}
	inline.Spec.Source = &v1alpha1.BlueprintSource{Inline: &v1alpha1.InlineSource{}}

	deployment := &v1alpha1.CloudifyDeployment{ObjectMeta: claimed}
	deployment.Spec.BlueprintRef.Name = "cellar"
	remote := &v1alpha1.CloudifyDeployment{}
	remote.Spec.BlueprintRef = v1alpha1.BlueprintReference{Namespace: "catalog", Name: "cellar"}

	for _, row := range []struct {
		name   string
		object client.Object
		field  string
		values []string
	}{
		{"a Manager by its credentials", manager, ManagerReference, []string{Reference("Secret", "manager")}},
		{"a Manager by its authorities, too", trusting, ManagerReference, []string{Reference("Secret", "manager"), Reference("ConfigMap", "ca")}},
		{"a Manager without authorities", careless, ManagerReference, []string{Reference("Secret", "manager")}},
		{"a blueprint by the Manager it belongs to", blueprint, Manager, []string{"first"}},
		{"a blueprint that belongs to none yet", inline, Manager, nil},
		{"a blueprint by the Manager it names", other, ManagerRef, []string{"other"}},
		{"a blueprint that names none", blueprint, ManagerRef, []string{"default"}},
		{"a blueprint by what it stands for", other, Catalog, []string{"blueprint/other/kept"}},
		{"a blueprint that stands for nothing yet", inline, Catalog, nil},
		{"an offering by what it has in the catalog, and what it asks for", offered, Catalog, []string{
			"blueprint/default/cellar-1", "id/17", "id/18", "name/cellar", "name/new", "plan/19", "plan/20",
		}},
		{"a blueprint by its ConfigMap", blueprint, SourceConfigMap, []string{"files"}},
		{"a blueprint of files", inline, SourceConfigMap, nil},
		{"a blueprint that exists", other, SourceConfigMap, nil},
		{"a deployment by the Manager it belongs to", deployment, Manager, []string{"first"}},
		{"a deployment that belongs to none yet", remote, Manager, nil},
		{"a deployment by its blueprint", deployment, BlueprintRef, []string{"shop/cellar"}},
		{"a deployment by a blueprint elsewhere", remote, BlueprintRef, []string{"catalog/cellar"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(registered.of(row.object, row.field)).To(Equal(row.values))
		})
	}
}

type refusing struct{}

func (refusing) IndexField(context.Context, client.Object, string, client.IndexerFunc) error {
	return errors.New("started already")
}

func TestSetupSaysWhichIndexFailed(t *testing.T) {
	NewWithT(t).Expect(Setup(t.Context(), refusing{})).To(MatchError("index spec.references of *v1alpha1.CloudifyManager: started already"))
}
