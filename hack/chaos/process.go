// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// patience is how long a part may take to start or to stop. Alone each needs seconds; the machine may be busy.
const patience = 3 * time.Minute

// process is a program that is started again whenever it ends, as kubelet would do, until it is stopped for good.
type process struct {
	name string
	path string
	args []string
	dir  string
	// away is called at each end that nobody requested.
	away func(how string)

	mu   sync.Mutex
	cmd  *exec.Cmd     // nil while it is down
	gone chan struct{} // closed when cmd has ended
	held bool          // it stays down until it is started
	over bool
}

// start starts it, if it is down.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = false
	return p.launch()
}

// launch is called with mu held.
func (p *process) launch() error {
	if p.cmd != nil || p.over || p.held {
		return nil
	}
	log, err := os.OpenFile(p.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open a log: %w", err)
	}
	cmd, gone := exec.Command(p.path, p.args...), make(chan struct{})
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = p.dir
	cmd.Env = []string{"HOME=" + p.dir, "PATH=" + os.Getenv("PATH")}
	// A group of its own: Ctrl-C is for the driver, which ends the parts in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return errors.Join(fmt.Errorf("start %s: %w", p.name, err), log.Close())
	}
	p.cmd, p.gone = cmd, gone
	go func() {
		_ = cmd.Wait() // ProcessState tells how it ended
		_ = log.Close()
		p.ended(cmd, gone)
	}()
	return nil
}

// ended notes the end, and starts the program again a moment later.
func (p *process) ended(cmd *exec.Cmd, gone chan struct{}) {
	p.mu.Lock()
	p.cmd = nil
	asked := p.over || p.held
	p.mu.Unlock()
	close(gone)
	if asked {
		return
	}
	if p.away != nil {
		p.away(cmd.ProcessState.String())
	}
	time.Sleep(time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.launch() // whoever waits for it will miss it
}

// kill ends it without a warning, and keeps it down until it is started.
func (p *process) kill() { p.end(syscall.SIGKILL, false) }

// stop ends it for good.
func (p *process) stop() { p.end(syscall.SIGTERM, true) }

func (p *process) end(signal syscall.Signal, over bool) {
	p.mu.Lock()
	p.held, p.over = true, p.over || over
	cmd, gone := p.cmd, p.gone
	p.mu.Unlock()
	if cmd == nil {
		return
	}
	_ = cmd.Process.Signal(signal)
	_ = cmd.Process.Signal(syscall.SIGCONT)
	select {
	case <-gone:
	case <-time.After(patience):
		_ = cmd.Process.Kill()
		<-gone
	}
}

// freeze stops its clockwork; thaw lets it go on.
func (p *process) freeze() { p.signal(syscall.SIGSTOP) }
func (p *process) thaw()   { p.signal(syscall.SIGCONT) }

// dump makes it write into its log what each goroutine does, and end, so that it is started again.
func (p *process) dump() { p.signal(syscall.SIGQUIT) }

func (p *process) signal(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(signal)
	}
}

// log is the file that has what it wrote, in all its lives.
func (p *process) log() string { return filepath.Join(p.dir, p.name+".log") }
