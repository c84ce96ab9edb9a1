// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/base64"
	"errors"
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

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// patience is how long a story may wait for what must happen.
const patience = time.Minute

// operator is bin/manager, run as config/default would run it.
type operator struct {
	t         *testing.T
	namespace string
	command   func() *exec.Cmd
	log       *os.File
	// probes and metrics are the addresses where these are served.
	probes, metrics string

	mu      sync.Mutex
	process *process // nil while it is down
	secrets []string
}

// startOperator starts an operator and stops it when the test ends, with a look at its log. args go after those of the
// installation, so they win.
func startOperator(t *testing.T, args ...string) *operator {
	t.Helper()
	return startOperatorWith(t, env.UserKubeconfigFile(t, install(t).user), args...)
}

// startOperatorWith is startOperator with a kubeconfig that leads to the API server in a way of its own.
func startOperatorWith(t *testing.T, kubeconfig string, args ...string) *operator {
	t.Helper()
	in := install(t)
	log, err := os.Create(filepath.Join(t.TempDir(), "operator.log"))
	if err != nil {
		t.Fatal(err)
	}
	o := &operator{
		t: t, namespace: in.namespace, log: log, probes: testenv.FreeAddress(t), metrics: testenv.FreeAddress(t),
		secrets: []string{password, base64.StdEncoding.EncodeToString([]byte("admin:" + password)), hiddenInput},
	}
	args = append(append(append([]string{}, in.args...),
		"--leader-elect=false", "--health-probe-bind-address="+o.probes, "--metrics-bind-address="+o.metrics, "--metrics-secure=false",
		"--watch-interval-busy=100ms", "--watch-interval-idle=500ms", "--osb-bind-address=0", "--zap-log-level=debug"), args...)
	binary := repositoryPath(t, "bin", "manager")
	o.command = func() *exec.Cmd {
		cmd := exec.Command(binary, args...)
		cmd.Env = []string{"KUBECONFIG=" + kubeconfig, "POD_NAMESPACE=" + in.namespace, "HOME=" + filepath.Dir(log.Name())}
		// A test that sets variables of OpenTelemetry means them for the operator.
		cmd.Env = append(cmd.Env, slices.DeleteFunc(os.Environ(), func(v string) bool { return !strings.HasPrefix(v, "OTEL_") })...)
		cmd.Stdout, cmd.Stderr = log, log
		return cmd
	}
	t.Cleanup(o.end)
	o.start()
	NewWithT(t).Eventually(o.ready).WithTimeout(patience).WithPolling(50 * time.Millisecond).Should(Succeed())
	return o
}

// process is one life of the operator.
type process struct {
	cmd *exec.Cmd
	// gone is closed when it has ended; err then says how.
	gone chan struct{}
	err  error
}

func (o *operator) start() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.launch()
}

// launch is called with mu held.
func (o *operator) launch() {
	p := &process{cmd: o.command(), gone: make(chan struct{})}
	if err := p.cmd.Start(); err != nil {
		o.t.Errorf("start the operator: %v", err)
		return
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.gone)
	}()
	o.process = p
}

// ready reports whether the operator says it is.
func (o *operator) ready() error {
	o.mu.Lock()
	p := o.process
	o.mu.Unlock()
	select {
	case <-p.gone:
		return StopTrying(fmt.Sprintf("the operator ended: %v", p.err))
	default:
	}
	answer, err := http.Get("http://" + o.probes + "/readyz")
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("readyz answers %s", answer.Status)
	}
	return nil
}

// kill ends the operator without a warning, does meanwhile while it is down, and starts it again.
func (o *operator) kill(meanwhile func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	_ = o.signal(syscall.SIGKILL) // no end is good after that
	if meanwhile != nil {
		meanwhile()
	}
	o.launch()
}

// shutDown ends the operator for good, and returns how it ended.
func (o *operator) shutDown(signal syscall.Signal) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.signal(signal)
}

// signal sends a signal and waits for the end; called with mu held.
func (o *operator) signal(signal syscall.Signal) error {
	p := o.process
	if p == nil {
		return errors.New("it is down")
	}
	o.process = nil
	select {
	case <-p.gone:
		o.t.Errorf("the operator ended by itself: %v", p.err)
		return p.err
	default:
	}
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.gone:
		return p.err
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.gone
		return fmt.Errorf("it ignored signal %v for %v", signal, patience)
	}
}

// mustNotLog adds to the secrets that the log is searched for.
func (o *operator) mustNotLog(secret string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.secrets = append(o.secrets, secret)
}

// end stops the operator and looks at what it wrote.
func (o *operator) end() {
	if o.running() {
		if err := o.shutDown(syscall.SIGTERM); err != nil {
			o.t.Errorf("the operator did not end well: %v", err)
		}
	}
	log := o.output()
	for _, problem := range problems(log, o.secrets) {
		o.t.Errorf("the log of the operator has %s", problem)
	}
	if o.t.Failed() {
		o.t.Logf("the end of the operator's log:\n%s", tail(log, 300))
	}
	_ = o.log.Close()
}

func (o *operator) running() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.process != nil
}

// output is all that the operator's processes wrote so far.
func (o *operator) output() string {
	data, err := os.ReadFile(o.log.Name())
	if err != nil {
		o.t.Errorf("read the operator's log: %v", err)
	}
	return string(data)
}
