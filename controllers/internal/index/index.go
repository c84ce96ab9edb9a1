// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package index names the fields by which the cache finds objects, so that what is indexed and what is asked for agree.
package index

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

const (
	// ManagerReference finds CloudifyManagers by what they refer to: a value of Reference.
	ManagerReference = "spec.references"
	// Manager finds CloudifyBlueprints and CloudifyDeployments by the CloudifyManager they belong to.
	Manager = "metadata.annotations.manager"
	// ManagerRef finds CloudifyBlueprints by the CloudifyManager their spec names.
	ManagerRef = "spec.managerRef.name"
	// BlueprintRef finds CloudifyDeployments by their CloudifyBlueprint, as namespace/name.
	BlueprintRef = "spec.blueprintRef"
	// RemoteID finds CloudifyDeployments by the ID of their deployment at the Manager.
	RemoteID = "remoteID"
	// InputReference finds CloudifyDeployments by what inputsFrom refers to: a value of Reference, in one namespace.
	InputReference = "spec.inputsFrom"
	// DeploymentRef finds CloudifyBindings and CloudifyExecutions by the name of their CloudifyDeployment, in one namespace.
	DeploymentRef = "spec.deploymentRef.name"
	// SourceConfigMap finds CloudifyBlueprints by the name of their source's ConfigMap, in one namespace.
	SourceConfigMap = "spec.source.configMapRef.name"
	// Catalog finds CloudifyBlueprints by what they have in the catalog, or would: a value of catalog.NameKey, IDKey or PlanKey;
	// and by what they stand for: a value of RemoteBlueprint.
	Catalog = "catalog"
)

// Reference is the index value of a Secret or ConfigMap.
func Reference(kind, name string) string { return kind + "/" + name }

// Field is an indexed field of a kind.
type Field struct {
	Object client.Object
	Name   string
	Values client.IndexerFunc
}

// Fields are all of them.
var Fields = []Field{
	{&v1alpha1.CloudifyManager{}, ManagerReference, managerReferences},
	{&v1alpha1.CloudifyBlueprint{}, Manager, managerAnnotation},
	{&v1alpha1.CloudifyDeployment{}, Manager, managerAnnotation},
	{&v1alpha1.CloudifyBlueprint{}, ManagerRef, func(o client.Object) []string {
		return []string{o.(*v1alpha1.CloudifyBlueprint).ManagerName()}
	}},
	{&v1alpha1.CloudifyBlueprint{}, SourceConfigMap, sourceConfigMap},
	{&v1alpha1.CloudifyBlueprint{}, Catalog, func(o client.Object) []string { return CatalogKeys(o.(*v1alpha1.CloudifyBlueprint)) }},
	{&v1alpha1.CloudifyDeployment{}, BlueprintRef, func(o client.Object) []string {
		return []string{o.(*v1alpha1.CloudifyDeployment).BlueprintKey().String()}
	}},
	{&v1alpha1.CloudifyDeployment{}, RemoteID, func(o client.Object) []string {
		return []string{o.(*v1alpha1.CloudifyDeployment).RemoteID()}
	}},
	{&v1alpha1.CloudifyDeployment{}, InputReference, inputReferences},
	{&v1alpha1.CloudifyBinding{}, DeploymentRef, func(o client.Object) []string {
		return []string{o.(*v1alpha1.CloudifyBinding).Spec.DeploymentRef.Name}
	}},
	{&v1alpha1.CloudifyExecution{}, DeploymentRef, func(o client.Object) []string {
		return []string{o.(*v1alpha1.CloudifyExecution).Spec.DeploymentRef.Name}
	}},
}

// Setup registers the indexes.
func Setup(ctx context.Context, indexer client.FieldIndexer) error {
	for _, f := range Fields {
		if err := indexer.IndexField(ctx, f.Object, f.Name, f.Values); err != nil {
			return fmt.Errorf("index %s of %T: %w", f.Name, f.Object, err)
		}
	}
	return nil
}

func managerReferences(o client.Object) []string {
	m := o.(*v1alpha1.CloudifyManager)
	values := []string{Reference("Secret", m.Spec.CredentialsSecretRef.Name)}
	if tls := m.Spec.TLS; tls != nil && tls.CARef != nil {
		values = append(values, Reference(tls.CARef.Kind, tls.CARef.Name))
	}
	return values
}

func managerAnnotation(o client.Object) []string {
	if name := o.GetAnnotations()[v1alpha1.ManagerAnnotation]; name != "" {
		return []string{name}
	}
	return nil
}

func sourceConfigMap(o client.Object) []string {
	source := o.(*v1alpha1.CloudifyBlueprint).Spec.Source
	if source == nil || source.ConfigMapRef == nil {
		return nil
	}
	return []string{source.ConfigMapRef.Name}
}

func inputReferences(o client.Object) []string {
	var values []string
	for _, source := range o.(*v1alpha1.CloudifyDeployment).Spec.InputsFrom {
		if source.SecretKeyRef != nil {
			values = append(values, Reference("Secret", source.SecretKeyRef.Name))
		}
		if source.ConfigMapKeyRef != nil {
			values = append(values, Reference("ConfigMap", source.ConfigMapKeyRef.Name))
		}
	}
	return values
}
