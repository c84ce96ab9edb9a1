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
	"syscall"
	"time"
)

// patience is how long a part may take to start or to stop. Alone each needs seconds; a small machine may be busy.
const patience = 2 * time.Minute

// process is a part that runs until it is stopped.
type process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}
}

// launch starts a program of the folder bin, with its output in a log. Should it end before it is stopped, the
// environment fails.
func (e *environment) launch(name string, args ...string) error {
	log, err := e.openLog(name)
	if err != nil {
		return err
	}
	defer log.Close()
	p := &process{name: name, cmd: exec.Command(e.binary(name), args...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = log, log
	// A group of its own: Ctrl-C is for devenv, which stops the parts in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	stopping := make(chan struct{})
	go func() {
		_ = p.cmd.Wait() // ProcessState tells how it ended
		close(p.done)
		select {
		case <-stopping:
		default:
			e.fail(fmt.Errorf("%s ended by itself (%s):\n%s", name, p.cmd.ProcessState, tail(e.log(name))))
		}
	}()
	e.onStop(func() error {
		close(stopping)
		return p.stop()
	})
	return nil
}

// stop asks the process to end, and ends it when it does not.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.done:
		return nil
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
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

// freeAddress replaces port 0 of an address by a port that nobody uses.
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
