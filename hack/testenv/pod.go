// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package testenv

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Pod is bin/manager as a pod of an installation runs it: with the arguments, the variables and the ServiceAccount of its
// container. Only what cannot be on this machine is another: addresses are free ones on loopback, volumes are folders.
type Pod struct {
	tb        testing.TB
	container corev1.Container
	log       *os.File
	probes    string
	process   *exec.Cmd
	// ended is closed when the process is gone; err says how.
	ended chan struct{}
	err   error
	stop  sync.Once
}

// RunPod starts a pod. args go after those of its container, so they win. The pod ends with the test at the latest, and must then
// end well.
func (e *Environment) RunPod(tb testing.TB, namespace string, spec corev1.PodSpec, args ...string) *Pod {
	tb.Helper()
	p := e.launch(tb, namespace, spec, nil, args...)
	tb.Cleanup(func() { p.conclude(p.Stop()) })
	return p
}

// launch starts a pod whose volumes are these folders, by name.
func (e *Environment) launch(tb testing.TB, namespace string, spec corev1.PodSpec, volumes map[string]string, args ...string) *Pod {
	tb.Helper()
	binary, err := Path("bin", "manager")
	if err != nil {
		tb.Fatalf("testenv: %v: run make build", err)
	}
	log, err := os.Create(filepath.Join(tb.TempDir(), "pod.log"))
	if err != nil {
		tb.Fatalf("testenv: %v", err)
	}
	p := &Pod{tb: tb, container: spec.Containers[0], log: log, ended: make(chan struct{})}
	p.process = exec.Command(binary, append(p.args(volumes), args...)...)
	p.process.Env = append(p.variables(namespace),
		"KUBECONFIG="+e.UserKubeconfigFile(tb, "system:serviceaccount:"+namespace+":"+spec.ServiceAccountName))
	p.process.Stdout, p.process.Stderr = log, log
	if err := p.process.Start(); err != nil {
		tb.Fatalf("testenv: start a pod: %v", err)
	}
	go func() {
		p.err = p.process.Wait()
		close(p.ended)
	}()
	return p
}

// conclude tells the test about a pod that has ended like this.
func (p *Pod) conclude(err error) {
	if err != nil {
		p.tb.Errorf("the operator did not end well: %v", err)
	}
	log := p.Log()
	if strings.Contains(log, "panic") {
		p.tb.Error("the operator logged a panic")
	}
	if p.tb.Failed() {
		p.tb.Logf("the end of the operator's log:\n%s", log[max(0, len(log)-8000):])
	}
	_ = p.log.Close()
}

// args are those of the container, with folders for its volumes and, where it serves something, addresses that nobody else has.
func (p *Pod) args(volumes map[string]string) []string {
	args := slices.Clone(p.container.Args)
	for i := range args {
		for _, mount := range p.container.VolumeMounts {
			if folder, given := volumes[mount.Name]; given {
				args[i] = strings.ReplaceAll(args[i], mount.MountPath, folder)
			}
		}
	}
	if p.container.ReadinessProbe == nil {
		return args
	}
	p.probes = FreeAddress(p.tb)
	args = append(args, "--health-probe-bind-address="+p.probes)
	for _, flag := range []string{"--metrics-bind-address=", "--osb-bind-address="} {
		if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, flag) }) {
			args = append(args, flag+FreeAddress(p.tb))
		}
	}
	return args
}

// variables are those of the container that have a value here.
func (p *Pod) variables(namespace string) (env []string) {
	for _, v := range p.container.Env {
		switch from := v.ValueFrom; {
		case from == nil:
			env = append(env, v.Name+"="+v.Value)
		case from.FieldRef != nil && from.FieldRef.FieldPath == "metadata.namespace":
			env = append(env, v.Name+"="+namespace)
		}
	}
	return env
}

// Ready reports why a kubelet would not call the pod Ready yet.
func (p *Pod) Ready() error {
	select {
	case <-p.ended:
		return fmt.Errorf("the operator ended: %w\n%s", p.err, p.Log())
	default:
	}
	answer, err := (&http.Client{Timeout: 5 * time.Second}).Get("http://" + p.probes + p.container.ReadinessProbe.HTTPGet.Path)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("readyz answers %s", answer.Status)
	}
	return nil
}

// Ended reports whether the pod's process is gone, and how it ended.
func (p *Pod) Ended() (bool, error) {
	select {
	case <-p.ended:
		return true, p.err
	default:
		return false, nil
	}
}

// Wait returns when the pod's process is gone, and how it ended.
func (p *Pod) Wait() error {
	<-p.ended
	return p.err
}

// Stop ends the pod as a kubelet does, and returns how it ended; nothing more is expected of it after that.
func (p *Pod) Stop() (err error) {
	p.stop.Do(func() {
		if gone, failure := p.Ended(); gone {
			err = failure
			return
		}
		_ = p.process.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(time.Minute, func() { _ = p.process.Process.Kill() })
		defer kill.Stop()
		err = p.Wait()
	})
	return err
}

// Kill ends the pod as a node's end does.
func (p *Pod) Kill() {
	p.stop.Do(func() {
		_ = p.process.Process.Kill()
		<-p.ended
	})
}

// Log is what the pod has printed so far.
func (p *Pod) Log() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		p.tb.Errorf("read the operator's log: %v", err)
	}
	return string(text)
}
