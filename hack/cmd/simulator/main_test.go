// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

const empty = `
tosca_definitions_version: cloudify_dsl_1_4
imports: [cloudify/types/types.yaml]
`

func TestServesUntilItIsTold(t *testing.T) {
	g := NewWithT(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, simulator.New(simulator.Options{TimeScale: 1})) }()

	r, err := http.NewRequest(http.MethodGet, "http://"+listener.Addr().String()+"/api/v3.1/version", nil)
	g.Expect(err).NotTo(HaveOccurred())
	r.SetBasicAuth("admin", "admin")
	answer, err := http.DefaultClient.Do(r)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(answer.Body.Close()).To(Succeed())
	g.Expect(answer.StatusCode).To(Equal(http.StatusOK))

	stop()
	g.Eventually(ended).Should(Receive(BeNil()))
}

func TestPreloads(t *testing.T) {
	g := NewWithT(t)
	folder := t.TempDir()
	g.Expect(os.WriteFile(filepath.Join(folder, "blueprint.yaml"), []byte(empty), 0o600)).To(Succeed())
	archive := filepath.Join(t.TempDir(), "b.tar.gz")
	g.Expect(os.WriteFile(archive, simulator.TarGz(map[string]string{"blueprint.yaml": empty}), 0o600)).To(Succeed())

	var p preloads
	g.Expect(p.Set("folder=" + folder)).To(Succeed())
	g.Expect(p.Set("archive=" + archive)).To(Succeed())
	g.Expect(p.Set("nothing")).NotTo(Succeed())
	sim := simulator.New(simulator.Options{})
	g.Expect(p.upload(sim)).To(Succeed())
	for _, id := range []string{"folder", "archive"} {
		b, ok := sim.Blueprint(id)
		g.Expect(ok).To(BeTrue(), id)
		g.Expect(b.State).To(Equal("uploaded"), id)
	}
	g.Expect(preloads{{"b", filepath.Join(folder, "nosuch")}}.upload(sim)).NotTo(Succeed())
}

func TestRefusesWhatItCannotServe(t *testing.T) {
	g := NewWithT(t)
	g.Expect(run(t.Context(), options{manager: simulator.Options{Release: "7.1"}})).To(MatchError(ContainSubstring("time-scale")))
	g.Expect(run(t.Context(), options{manager: simulator.Options{Release: "1.0", TimeScale: 1}})).To(MatchError(ContainSubstring("release")))
}
