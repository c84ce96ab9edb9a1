// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// From apply to delete, as a user walks it.
func TestServiceComesAndGoes(t *testing.T) {
	s := newStory(t, startOperator(t))
	k := newKubectl(t)

	k.apply(s.shop())
	for _, object := range []string{"cloudifymanager/" + s.Name, "cloudifyblueprint/shop", "cloudifydeployment/shop"} {
		k.run("wait", "--namespace", s.Name, "--for=condition=Ready", "--timeout=60s", object)
	}

	d, err := s.deployment()
	s.Expect(err).NotTo(HaveOccurred())
	remote, found := s.manager.Deployment(d.Status.DeploymentID)
	s.Expect(found).To(BeTrue())
	s.Expect(remote.Installed()).To(BeTrue())
	s.Expect(remote.DisplayName).To(Equal(s.Name + "/shop"))
	s.Expect(remote.Labels).To(HaveKeyWithValue("team", []string{"shop"}))

	s.Expect(s.neutral(k.run("get", "cloudify,cloudifymanagers", "--all-namespaces"))).To(Equal(read(t, "testdata/get-cloudify.txt")))

	k.run("delete", "--namespace", s.Name, "cloudifydeployment/shop", "cloudifyblueprint/shop", "--timeout=60s")
	k.run("delete", "cloudifymanager", s.Name, "--timeout=60s")
	s.awaitGone()
}

// neutral takes out of a table what differs from run to run. Columns are as wide as their values, so the spaces go too.
func (s *story) neutral(table string) string {
	for from, to := range map[string]string{s.Name: "NAME-OF-STORY", s.Endpoint: "http://MANAGER"} {
		table = strings.ReplaceAll(table, from, to)
	}
	table = regexp.MustCompile(`k8s-shop-[0-9a-f]{16}`).ReplaceAllString(table, "k8s-shop-HASH")
	table = regexp.MustCompile(`(?m)\b\d+[smh]\d*[smh]?$`).ReplaceAllString(table, "AGE")
	return regexp.MustCompile(` +`).ReplaceAllString(table, " ")
}
