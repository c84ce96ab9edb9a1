// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "cloudify.co", Version: "v1alpha1"}

// schemeBuilder collects the kinds of this group.
var schemeBuilder = runtime.NewSchemeBuilder(func(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&CloudifyManager{}, &CloudifyManagerList{},
		&CloudifyBlueprint{}, &CloudifyBlueprintList{},
		&CloudifyDeployment{}, &CloudifyDeploymentList{},
		&CloudifyBinding{}, &CloudifyBindingList{},
		&CloudifyExecution{}, &CloudifyExecutionList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
})

// AddToScheme adds the kinds of this group to a scheme.
var AddToScheme = schemeBuilder.AddToScheme
