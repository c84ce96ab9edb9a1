// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a part may take to start or to stop.
const patience = 2 * time.Minute

// Process is a program that runs until it is stopped. Its output is in a log.
type Process struct {
	name, log string
	cmd       *exec.Cmd
	gone      chan struct{} // closed when it has ended
}

// launch starts a program, with a folder to log to and no environment but these variables and the basics.
func launch(dir, name string, variables []string, path string, args ...string) (*Process, error) {
	p := &Process{name: name, log: filepath.Join(dir, name+".log"), cmd: exec.Command(path, args...), gone: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open a log: %w", err)
	}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Dir = log, log, dir
	p.cmd.Env = append(variables, "HOME="+dir, "PATH="+os.Getenv("PATH"))
	// A group of its own: Ctrl-C is for the benchmark, which ends the parts in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), log.Close())
	}
	go func() {
		_ = p.cmd.Wait() // whoever asked for something meets the end of it
		_ = log.Close()
		close(p.gone)
	}()
	return p, nil
}

// Stop asks the process to end, and ends it when it does not.
func (p *Process) Stop() error {
	if p == nil {
		return nil
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.gone:
		return nil
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.gone
		return fmt.Errorf("%s did not stop within %s and was killed", p.name, patience)
	}
}

// until waits until try succeeds, as long as the process lives.
func (p *Process) until(ctx context.Context, what string, try func(context.Context) error) error {
	return Await(ctx, p.name+" "+what, patience, 20*time.Millisecond, func(ctx context.Context) error {
		select {
		case <-p.gone:
			return final{fmt.Errorf("%s ended: %s\n%s", p.name, p.cmd.ProcessState, p.Tail())}
		default:
			return try(ctx)
		}
	})
}

// Memory is what the process holds now, and the most that it held, in bytes: what counts against a container's limit. The pages of
// its binary do not, for they can be dropped at any time.
func (p *Process) Memory() (now, most int64, err error) {
	status, err := os.ReadFile(p.proc("status"))
	if err != nil {
		return 0, 0, err
	}
	var binary int64
	for field, value := range map[string]*int64{"RssAnon:": &now, "VmHWM:": &most, "RssFile:": &binary} {
		_, rest, found := strings.Cut(string(status), field)
		words := strings.Fields(rest)
		if !found || len(words) == 0 {
			return 0, 0, fmt.Errorf("%s has no %s", p.proc("status"), field)
		}
		kilobytes, err := strconv.ParseInt(words[0], 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("read %s of %s: %w", field, p.name, err)
		}
		*value = kilobytes << 10
	}
	return now, most - binary, nil
}

// tick is the unit of processor time in /proc, the same on all architectures.
const tick = 10 * time.Millisecond

// CPU is the processor time that the process has used.
func (p *Process) CPU() (time.Duration, error) {
	stat, err := os.ReadFile(p.proc("stat"))
	if err != nil {
		return 0, err
	}
	// The name of the program is in parentheses and may hold anything; utime and stime are the 12th and 13th word after it.
	words := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(words) < 13 {
		return 0, fmt.Errorf("%s is too short", p.proc("stat"))
	}
	var used time.Duration
	for _, word := range words[11:13] {
		ticks, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the processor time of %s: %w", p.name, err)
		}
		used += time.Duration(ticks) * tick
	}
	return used, nil
}

func (p *Process) proc(file string) string {
	return filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), file)
}

// Tail is the end of its log.
func (p *Process) Tail() string {
	data, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-15):], "\n")
}
