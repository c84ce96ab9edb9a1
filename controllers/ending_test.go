// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/gomega"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// end deletes all objects of the story with the policy Orphan, which must always be possible, whatever their state.
func (s *story) end() {
	if s.t.Failed() {
		s.t.Logf("the operator's log of this story:\n%s", strings.Join(s.operator.log.lines(s.name), ""))
	}
	if s.abandoned {
		return
	}
	// What is discovered would come back.
	undiscovered := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"discovery":null}}`))
	if err := env.Client.Patch(context.Background(), s.manager, undiscovered); client.IgnoreNotFound(err) != nil {
		s.t.Error(err)
	}
	mine := client.MatchingLabels{storyLabel: s.name}
	orphan := client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"deletionPolicy":"Orphan"}}`))
	s.endAll(&v1alpha1.CloudifyDeploymentList{}, mine, orphan)
	s.endAll(&v1alpha1.CloudifyBlueprintList{}, mine, orphan)
	s.endAll(&v1alpha1.CloudifyManagerList{}, mine, nil)
}

func (s *story) endAll(list client.ObjectList, mine client.MatchingLabels, first client.Patch) {
	ctx := context.Background() // that of the test is over
	left := func() ([]client.Object, error) {
		err := env.Client.List(ctx, list, mine)
		return items(list), err
	}
	objects, err := left()
	if err != nil {
		s.t.Error(err)
	}
	for _, o := range objects {
		if first != nil {
			err = client.IgnoreNotFound(env.Client.Patch(ctx, o, first))
		}
		if err == nil {
			err = client.IgnoreNotFound(env.Client.Delete(ctx, o))
		}
		if err != nil {
			s.t.Error(err)
		}
	}
	NewWithT(s.t).Eventually(left).WithTimeout(patience).WithPolling(50*time.Millisecond).Should(BeEmpty(), "objects should be let go")
}

func items(list client.ObjectList) (objects []client.Object) {
	switch list := list.(type) {
	case *v1alpha1.CloudifyManagerList:
		for i := range list.Items {
			objects = append(objects, &list.Items[i])
		}
	case *v1alpha1.CloudifyBlueprintList:
		for i := range list.Items {
			objects = append(objects, &list.Items[i])
		}
	case *v1alpha1.CloudifyDeploymentList:
		for i := range list.Items {
			objects = append(objects, &list.Items[i])
		}
	default:
		panic(fmt.Sprintf("%T is none of the operator's kinds", list))
	}
	return objects
}
