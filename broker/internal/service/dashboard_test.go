// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"testing"

	. "github.com/onsi/gomega"
)

func TestConsolePage(t *testing.T) {
	for release, page := range map[string]string{
		"4.3": "deployments", "5.2.0": "deployments", "6.1.0": "deployments", "6.2.0": "services", "7.1.0": "services", "": "services",
	} {
		NewWithT(t).Expect(consolePage(release)).To(Equal(page), release)
	}
}
