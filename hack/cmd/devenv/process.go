// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long a part may take to start or to stop. Alone each needs seconds; a small machine may be busy.
const patience = 2 * time.Minute

// process is a part that runs until it is stopped.
type process struct {
	name   string
	before string // a shell command that has to succeed first
	start  func() (*exec.Cmd, error)
	revive bool
	done   chan struct{}

	mu       sync.Mutex
	cmd      *exec.Cmd
	stopping bool
}

// launch starts a program of the folder bin, with its output in a log. Should it end before it is stopped, the
// environment fails.
func (e *environment) launch(name string, args ...string) error {
	return e.supervise(&process{name: name}, args)
}

// launchAfter is launch for a program that is not there before a shell command, if any, has succeeded.
func (e *environment) launchAfter(before, name string, args ...string) error {
	return e.supervise(&process{name: name, before: before}, args)
}

// launchRevived is launch for a program that is started again when somebody kills it, as in a cluster.
func (e *environment) launchRevived(name string, args ...string) error {
	return e.supervise(&process{name: name, revive: true}, args)
}

func (e *environment) supervise(p *process, args []string) error {
	log, err := e.openLog(p.name)
	if err != nil {
		return err
	}
	p.done = make(chan struct{})
	p.start = func() (*exec.Cmd, error) {
		cmd := exec.Command(e.binary(p.name), args...)
		if p.before != "" {
			cmd = exec.Command("sh", append([]string{"-c", p.before + ` && exec "$0" "$@"`, e.binary(p.name)}, args...)...)
		}
		cmd.Stdout, cmd.Stderr = log, log
		// A group of its own: Ctrl-C is for devenv, which stops the parts in order.
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			return nil, fmt.Errorf("start %s: %w", p.name, err)
		}
		if err := os.WriteFile(e.pid(p.name), fmt.Appendln(nil, cmd.Process.Pid), 0o600); err != nil {
			_ = cmd.Process.Kill()
			return nil, errors.Join(err, cmd.Wait())
		}
		return cmd, nil
	}
	if p.cmd, err = p.start(); err != nil {
		return errors.Join(err, log.Close())
	}
	go func() {
		defer log.Close()
		if err := p.wait(); err != nil {
			e.fail(fmt.Errorf("%w:\n%s", err, tail(e.log(p.name))))
		}
	}()
	e.onStop(p.stop)
	return nil
}

// wait returns when the process has ended for good; an error says that nobody stopped it.
func (p *process) wait() error {
	defer close(p.done)
	for {
		_ = p.cmd.Wait() // ProcessState tells how it ended
		p.mu.Lock()
		stopping, killed := p.stopping, p.cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL
		var err error
		if !stopping && killed && p.revive {
			p.cmd, err = p.start()
		}
		p.mu.Unlock()
		switch {
		case stopping || err != nil:
			return err
		case !killed || !p.revive:
			return fmt.Errorf("%s ended by itself (%s)", p.name, p.cmd.ProcessState)
		}
	}
}

// stop asks the process, and what it has started, to end, and ends it when it does not.
func (p *process) stop() error {
	p.mu.Lock()
	p.stopping = true
	group := -p.cmd.Process.Pid
	p.mu.Unlock()
	_ = syscall.Kill(group, syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-p.done
		return fmt.Errorf("%s did not stop within %s and was killed", p.name, patience)
	}
}

// answers waits until a URL is answered with success.
func answers(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var last error
	for {
		if last = get(ctx, url); last == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
				return cause
			}
			return fmt.Errorf("no answer within %s: %w", patience, last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func get(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", url, response.Status)
	}
	return nil
}

// freeAddress replaces port 0 of an address by a free port.
func freeAddress(address string) (string, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// log is where the output of a part goes.
func (e *environment) log(name string) string { return filepath.Join(e.dir, name+".log") }

// pid is the file that says under which ID a part runs.
func (e *environment) pid(name string) string { return filepath.Join(e.dir, name+".pid") }

func (e *environment) openLog(name string) (*os.File, error) {
	log, err := os.Create(e.log(name))
	if err != nil {
		return nil, fmt.Errorf("open a log: %w", err)
	}
	return log, nil
}

// tail is the end of a log, for people.
func tail(log string) string {
	data, err := os.ReadFile(log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}
