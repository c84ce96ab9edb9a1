// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// An install fails with a secret in its message. A person reads why, without the secret, and requests a retry.
func TestFailedInstallIsAskedAgain(t *testing.T) {
	o := startOperator(t)
	s, k := newStory(t, o), newKubectl(t)
	s.manager.FailWorkflow("install", "the database refuses password "+hiddenInput, 1)

	k.apply(s.shop())
	s.Eventually(s.deployment).Should(testenv.BeStalled(v1alpha1.ReasonInstallFailed, "the database refuses password", v1alpha1.RequestedAtAnnotation))
	d, err := s.deployment()
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(fmt.Sprint(d.Status)).NotTo(ContainSubstring(hiddenInput))
	s.Expect(k.run("describe", "--namespace", s.Name, "cloudifyblueprint")).NotTo(ContainSubstring(hiddenInput))
	s.Expect(k.run("get", "events.events.k8s.io", "--namespace", s.Name, "--output", "yaml")).To(And(
		ContainSubstring("the database refuses password"), Not(ContainSubstring(hiddenInput))))
	s.Eventually(o.output).Should(MatchRegexp(`"Execution ended".*"status":"failed"`))
	s.Eventually(func() []string { return s.logged("CloudifyDeployment") }).Should(Equal([]string{"Stalled InstallFailed"}))

	k.run("annotate", "--namespace", s.Name, "cloudifydeployment/shop", v1alpha1.RequestedAtAnnotation+"="+time.Now().Format(time.RFC3339))
	s.awaitReady()
	s.Expect(s.starts()).To(Equal(2))
	s.Eventually(func() []string { return s.logged("CloudifyDeployment") }).Should(Equal([]string{"Stalled InstallFailed", "Became ready"}))
	s.Expect(s.logged("CloudifyManager")).To(Equal([]string{"Became ready"}))
	s.deleteAll()
	s.awaitGone()
	s.Expect(o.output()).NotTo(ContainSubstring("the database refuses"), "the words of a Manager may hold the value of any input")
}

// A token is as secret as a password. The log is really searched: what it may hold would be found.
func TestTokenStaysSecret(t *testing.T) {
	o := startOperator(t)
	s := newStory(t, o)
	token := s.manager.CreateToken(0)
	o.mustNotLog(token)
	secret := testenv.Credentials(o.namespace, s.Name, "", "")
	secret.Data = map[string][]byte{"token": []byte(token)}
	s.Expect(env.Client.Update(t.Context(), secret)).To(Succeed())

	s.create(s.shop())
	d := s.awaitReady()
	s.Expect(problems(o.output(), []string{d.Status.DeploymentID})).To(HaveLen(1), "the log should be searched, and name the deployment")
	s.deleteAll()
	s.awaitGone()
}
