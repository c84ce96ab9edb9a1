// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"io"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"
)

func TestParseRelease(t *testing.T) {
	for text, want := range map[string]Release{
		"7.1.0":       {7, 1, 0},
		"7.1.0.dev1":  {7, 1, 0},
		"7.1.0-.dev1": {7, 1, 0},
		"6.4.0-ga":    {6, 4, 0},
		"5.1.1":       {5, 1, 1},
		"4.2":         {4, 2, 0},
		"4.3.dev1":    {4, 3, 0},
		"10.12.3":     {10, 12, 3},
	} {
		got, err := ParseRelease(text)
		NewWithT(t).Expect(got, err).To(Equal(want), text)
	}
	for _, text := range []string{"", "7", "7.", "seven", "v7.1", "7.x", "12345.1", "7.12345", "-1.2"} {
		_, err := ParseRelease(text)
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring("is not a valid Manager release")), text)
	}
}

func TestFeatures(t *testing.T) {
	g := NewWithT(t)
	g.Expect(Release{6, 0, 0}.AtLeast(6, 0)).To(BeTrue())
	g.Expect(Release{5, 9, 9}.AtLeast(6, 0)).To(BeFalse())
	g.Expect(Release{7, 0, 0}.AtLeast(6, 4)).To(BeTrue())
	g.Expect(Release{5, 1, 1}.Has(Labels)).To(BeTrue())
	g.Expect(Release{5, 1, 0}.Has(Labels)).To(BeFalse())
	g.Expect(Release{6, 2, 1}.Has(UpdateByPOST)).To(BeTrue())
	g.Expect(Release{6, 2, 1}.Has(UpdateByWorkflow)).To(BeFalse(), "6.2 has the deployment switched over within the request")
	for feature, release := range since {
		g.Expect(release.Has(feature)).To(BeTrue(), feature)
		g.Expect(Release{7, 1, 0}.Has(feature)).To(BeTrue(), feature)
		g.Expect(Release{4, 2, 0}.Has(feature)).To(BeFalse(), feature)
	}
}

// What a release would refuse is not asked of it.
func TestWordsOfReleases(t *testing.T) {
	for _, row := range []struct {
		release                                     Release
		blueprints, deployments, executions, status int
	}{
		{Release{4, 2, 0}, 5, 3, 7, 4},
		{Release{4, 3, 0}, 5, 3, 7, 4},
		{Release{4, 4, 0}, 5, 3, 8, 5},
		{Release{4, 5, 5}, 5, 3, 9, 6},
		{Release{5, 2, 0}, 7, 3, 9, 6},
		{Release{6, 0, 0}, 8, 6, 11, 6},
		{Release{6, 2, 0}, 8, 6, 11, 6},
		{Release{6, 4, 0}, 8, 10, 11, 6},
		{Release{7, 1, 0}, 8, 11, 11, 6},
	} {
		g := NewWithT(t)
		g.Expect(row.release.known(blueprintFields)).To(HaveLen(row.blueprints), row.release.String())
		g.Expect(row.release.known(deploymentFields)).To(HaveLen(row.deployments), row.release.String())
		g.Expect(row.release.known(executionFields)).To(HaveLen(row.executions), row.release.String())
		g.Expect(row.release.known(activeStatuses)).To(HaveLen(row.status), row.release.String())
	}
}

func TestAReleaseThatIsNoneIsNotRemembered(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, Release{6, 4, 0}, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"edition": "premium", "version": "latest"}`)
	})
	_, err := client.GetVersion(t.Context())
	g.Expect(err).To(MatchError(`GET version: "latest" is not a valid Manager release`))
	g.Expect(client.Release()).To(Equal(Release{6, 4, 0}))
}
