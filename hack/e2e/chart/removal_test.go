// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package chart

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// isRefused: the release stays whole while objects need it, and the log of its hook names them.
func isRefused(t *testing.T) {
	g := NewWithT(t)
	_, err := helm(t, "uninstall", release, "--namespace", namespace, "--timeout", patience.String())
	g.Expect(err).To(MatchError(ContainSubstring("check-removal not ready. status: Failed")))
	said, err := kubectl(t, nil, "logs", "job/"+release+"-check-removal", "--namespace", namespace)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(said)).To(And(ContainSubstring("1. 1 CloudifyDeployment"), ContainSubstring("3. 1 CloudifyManager: default")))
	rolledOut(t)

	// Helm wants to hear that it is not being uninstalled after all.
	revisions, err := helm(t, "history", release, "--namespace", namespace, "--max", "1")
	g.Expect(err).NotTo(HaveOccurred())
	lines := strings.Split(strings.TrimSpace(string(revisions)), "\n")
	_, err = helm(t, "rollback", release, strings.Fields(lines[len(lines)-1])[0], "--namespace", namespace)
	g.Expect(err).NotTo(HaveOccurred())
	rolledOut(t)
}

// isReleased: with checkRemoval.orphan the hook lets go of all objects, and they stay at the Manager. Then the release goes whole,
// and the CRDs stay.
func (s *shop) isReleased(t *testing.T) {
	g := NewWithT(t)
	_, err := helm(t, "upgrade", release, path(t, "config", "chart"), "--namespace", namespace, "--set", "checkRemoval.orphan=true")
	g.Expect(err).NotTo(HaveOccurred())
	_, err = helm(t, "uninstall", release, "--namespace", namespace, "--timeout", patience.String())
	g.Expect(err).NotTo(HaveOccurred())
	for _, o := range []client.Object{s.deployment, s.blueprint, s.manager} {
		g.Expect(apierrors.IsNotFound(env.Client.Get(t.Context(), client.ObjectKeyFromObject(o), o))).To(BeTrue(), "%T is still there", o)
	}
	g.Expect(s.remote.Deployments()).To(HaveLen(1))
	g.Expect(s.remote.Blueprints()).To(HaveLen(1))

	g.Eventually(func() (string, error) {
		left, err := kubectl(t, nil, "get", "--all-namespaces", "--selector", "app.kubernetes.io/part-of=cloudify-operator", "--output", "name",
			"deployment,job,pod,service,serviceaccount,poddisruptionbudget,role,rolebinding,clusterrole,clusterrolebinding,"+
				"validatingadmissionpolicy,validatingadmissionpolicybinding")
		return string(left), err
	}).WithTimeout(patience).WithPolling(time.Second).Should(BeEmpty())
	crds, err := kubectl(t, nil, "get", "customresourcedefinitions", "--selector", "app.kubernetes.io/part-of=cloudify-operator", "--output", "name")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(strings.Fields(string(crds))).To(HaveLen(4))
}
