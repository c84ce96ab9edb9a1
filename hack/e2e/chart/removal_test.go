// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// goes removes the release: not while a CloudifyManager is there, which is named, but then whole, and the CRDs stay.
func goes(t *testing.T) {
	g := NewWithT(t)
	manager := testenv.Manager("needed", "http://127.0.0.1:1")
	g.Expect(env.Client.Create(t.Context(), manager)).To(Succeed())
	said, err := uninstall(t)
	g.Expect(err).To(MatchError(ContainSubstring("check-removal not ready. status: Failed")))
	g.Expect(said).To(ContainSubstring("needed"))
	_, err = helm(t, "status", release, "--namespace", namespace)
	g.Expect(err).NotTo(HaveOccurred(), "the release should still be there")

	g.Expect(env.Client.Delete(t.Context(), manager)).To(Succeed())
	said, err = uninstall(t)
	g.Expect(err).NotTo(HaveOccurred(), said)

	left, err := kubectl(t, nil, "get", "--all-namespaces", "--selector", "app.kubernetes.io/part-of=cloudify-operator", "--output", "name",
		"deployment,job,pod,service,serviceaccount,poddisruptionbudget,role,rolebinding,clusterrole,clusterrolebinding,"+
			"validatingadmissionpolicy,validatingadmissionpolicybinding")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(left)).To(BeEmpty())
	crds, err := kubectl(t, nil, "get", "customresourcedefinitions", "--selector", "app.kubernetes.io/part-of=cloudify-operator", "--output", "name")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Fields(string(crds))).To(HaveLen(5))
}

// uninstall removes the release. The control plane runs no pods, so the Job of its hook is run here, with the arguments and the
// ServiceAccount that it has; said is its log.
func uninstall(t *testing.T) (said string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	done := make(chan error)
	go func() {
		var problem error
		said, problem = runHook(ctx, t)
		done <- problem
	}()
	_, err = helm(t, "uninstall", release, "--namespace", namespace, "--timeout", patience.String())
	return said, errors.Join(err, <-done)
}

// runHook waits for the Job, runs it as a node would, and reports how it ended.
func runHook(ctx context.Context, t *testing.T) (said string, err error) {
	job := &batchv1.Job{}
	key := client.ObjectKey{Namespace: namespace, Name: release + "-check-removal"}
	err = wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		err := env.Client.Get(ctx, key, job)
		// A Job of a former attempt has ended.
		return err == nil && len(job.Status.Conditions) == 0 && job.DeletionTimestamp.IsZero(), client.IgnoreNotFound(err)
	})
	if err != nil {
		return "", err
	}
	pod := job.Spec.Template.Spec
	user := "system:serviceaccount:" + namespace + ":" + pod.ServiceAccountName
	cmd := exec.CommandContext(ctx, path(t, "bin", "manager"), pod.Containers[0].Args...)
	cmd.Env = []string{"KUBECONFIG=" + env.UserKubeconfigFile(t, user), "POD_NAMESPACE=" + namespace}
	out, failure := cmd.CombinedOutput()

	now := metav1.Now()
	condition := func(kind batchv1.JobConditionType) batchv1.JobCondition {
		return batchv1.JobCondition{Type: kind, Status: corev1.ConditionTrue, Reason: "Ended", LastTransitionTime: now}
	}
	job.Status.StartTime = &now
	if failure != nil {
		job.Status.Failed = 1
		job.Status.Conditions = append(job.Status.Conditions, condition(batchv1.JobFailureTarget), condition(batchv1.JobFailed))
	} else {
		job.Status.Succeeded, job.Status.CompletionTime = 1, &now
		job.Status.Conditions = append(job.Status.Conditions, condition(batchv1.JobSuccessCriteriaMet), condition(batchv1.JobComplete))
	}
	return string(out), env.Client.Status().Update(ctx, job)
}
