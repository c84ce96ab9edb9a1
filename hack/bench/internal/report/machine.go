// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// Machine is where, with what and when something was measured.
type Machine struct {
	Processor  string
	Cores      int
	MemoryMB   int64
	Kernel     string
	Go         string
	Kubernetes string
	Etcd       string
	Commit     string
	Time       time.Time
}

// ReadMachine reads what is known of this one.
func ReadMachine(ctx context.Context, kubernetes, binaries string) (Machine, error) {
	m := Machine{
		Processor: match("/proc/cpuinfo", `model name\s*: (.*)`), Cores: runtime.NumCPU(), Kernel: match("/proc/sys/kernel/osrelease", `(\S+)`),
		Go: strings.TrimPrefix(runtime.Version(), "go"), Kubernetes: kubernetes, Time: time.Now(),
	}
	_, _ = fmt.Sscan(match("/proc/meminfo", `MemTotal:\s*(\d+) kB`), &m.MemoryMB)
	m.MemoryMB >>= 10
	version, err := exec.CommandContext(ctx, filepath.Join(binaries, "controlplane", "etcd"), "--version").Output()
	if err != nil {
		return m, fmt.Errorf("ask etcd for its version: %w", err)
	}
	m.Etcd = find(string(version), `etcd Version: (\S+)`)
	m.Commit, err = commit(ctx)
	return m, err
}

// commit is what is checked out, and whether something was changed since; the document itself does not count.
func commit(ctx context.Context) (string, error) {
	head, err := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "", fmt.Errorf("ask git for the commit: %w", err)
	}
	changed, err := exec.CommandContext(ctx, "git", "status", "--porcelain", "--", ".", ":!docs").Output()
	if err != nil {
		return "", fmt.Errorf("ask git for changes: %w", err)
	}
	name := strings.TrimSpace(string(head))
	if len(changed) > 0 {
		name += " with changes"
	}
	return name, nil
}

func match(file, pattern string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	return find(string(text), pattern)
}

func find(text, pattern string) string {
	parts := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if parts == nil {
		return "unknown"
	}
	return strings.TrimSpace(parts[1])
}

// String is the line above a part's tables.
func (m Machine) String() string {
	return fmt.Sprintf("Measured on %s at commit %s: %d cores (%s), %.0f GB, Linux %s, Go %s, Kubernetes %s, etcd %s.",
		m.Time.Format("2006-01-02"), m.Commit, m.Cores, m.Processor, float64(m.MemoryMB)/1024, m.Kernel, m.Go, m.Kubernetes, m.Etcd)
}
