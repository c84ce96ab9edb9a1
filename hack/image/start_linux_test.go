// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	. "github.com/onsi/gomega"
)

// The root file system of the image is all that the manager needs to say what it is, and to turn to the Kubernetes API.
func TestManagerStartsWithoutRights(t *testing.T) {
	g := NewWithT(t)
	index, _ := shipped(t)
	s := stampsOf(t, index)
	root := filepath.Join(t.TempDir(), "root")
	files := filesOf(t, imageFor(t, index, v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	g.Expect(os.Mkdir(root, 0o755)).To(Succeed())
	g.Expect(writeFiles(root, files)).To(Succeed())

	run := confinedCommand
	said, err := output(run(root, "--version"))
	if reason := notAllowed(err, said); reason != "" {
		t.Logf("no root and no user namespaces here (%s): the manager runs as this user and on this file system", reason)
		run = func(root string, args ...string) *exec.Cmd {
			cmd := exec.Command(filepath.Join(root, "manager"), args...)
			cmd.Env = []string{"HOME=/", "KUBECONFIG=" + filepath.Join(root, "kubeconfig")}
			return cmd
		}
		said, err = output(run(root, "--version"))
	}
	g.Expect(err).NotTo(HaveOccurred(), said)
	g.Expect(said).To(Equal(fmt.Sprintf("cloudify-operator %s, commit %s, %s\n", s.Version, s.Commit, s.Date.UTC().Format(time.RFC3339))))

	// An API server that has heard the manager and lets it wait, so that one can look at it.
	heard := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case heard <- r.UserAgent():
		default:
		}
		<-r.Context().Done()
	}))
	defer server.Close()
	g.Expect(os.WriteFile(filepath.Join(root, "kubeconfig"), []byte(`{"apiVersion": "v1", "kind": "Config", "current-context": "it",
		"clusters": [{"name": "it", "cluster": {"server": "`+server.URL+`"}}], "contexts": [{"name": "it", "context": {"cluster": "it"}}]}`), 0o644)).To(Succeed())
	cmd := run(root, "--health-probe-bind-address=0")
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	g.Expect(cmd.Start()).To(Succeed())
	stop := func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // only now the log is whole
	}
	var agent string
	select {
	case agent = <-heard:
	case <-time.After(time.Minute):
		stop()
		t.Fatalf("the manager did not turn to the API server; its log:\n%s", log.String())
	}
	status, errStatus := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	mounts, errMounts := os.ReadFile(fmt.Sprintf("/proc/%d/mounts", cmd.Process.Pid))
	stop()
	g.Expect(agent).To(HavePrefix("manager/"), "client-go's own name for the process")
	g.Expect(errors.Join(errStatus, errMounts)).NotTo(HaveOccurred())
	if cmd.SysProcAttr == nil {
		return
	}
	wanted := []string{"NoNewPrivs:\t1\n"}
	if os.Getuid() == 0 { // otherwise it is so within the user namespace only
		wanted = append(wanted, "Uid:\t65532\t65532\t65532\t65532\n", "Gid:\t65532\t65532\t65532\t65532\n", "Groups:\t \n")
	}
	for _, line := range wanted {
		g.Expect(string(status)).To(ContainSubstring(line))
	}
	for _, set := range []string{"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"} {
		g.Expect(string(status)).To(ContainSubstring(set + ":\t0000000000000000\n"))
	}
	g.Expect(string(mounts)).To(MatchRegexp(`(?m)^\S+ / \S+ ro,nosuid,nodev`))
}

func output(cmd *exec.Cmd) (string, error) {
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// notAllowed says what keeps this machine from confining a process, if anything does.
func notAllowed(err error, said string) string {
	exit, ended := errors.AsType[*exec.ExitError](err)
	switch {
	case ended && exit.ExitCode() == cannotConfine:
		return strings.TrimSpace(said) // becomeManager's words
	case err != nil && !ended:
		return err.Error() // no such process was made
	default:
		return ""
	}
}
