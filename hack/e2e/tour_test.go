// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
)

// What make dev prints as a tour can be pasted: each line of it succeeds in a shell of its own, after the line that sets the variables.
func TestTourOfMakeDev(t *testing.T) {
	g := NewWithT(t)
	tools := t.TempDir()
	for name, path := range map[string]string{"devenv": "../cmd/devenv", "simulator": "../cmd/simulator", "curl": "../cmd/curl"} {
		built, err := exec.Command("go", "build", "-o", filepath.Join(tools, name), path).CombinedOutput()
		g.Expect(err).NotTo(HaveOccurred(), string(built))
	}
	for _, name := range []string{"manager", "controlplane"} {
		g.Expect(os.Symlink(repositoryPath(t, "bin", name), filepath.Join(tools, name))).To(Succeed())
	}

	root := repositoryPath(t)
	printed := gbytes.NewBuffer()
	dev := exec.Command(filepath.Join(tools, "devenv"), "--bin", tools, "--simulator-address=127.0.0.1:0", "--osb-address=127.0.0.1:0", "--time-scale=20")
	dev.Dir, dev.Stdout, dev.Stderr = root, printed, printed
	g.Expect(dev.Start()).To(Succeed())
	t.Cleanup(func() {
		g.Expect(dev.Process.Signal(syscall.SIGINT)).To(Succeed())
		g.Expect(dev.Wait()).To(Succeed(), "an interrupt is how it ends")
	})
	g.Eventually(printed).WithTimeout(3 * time.Minute).Should(gbytes.Say("Ctrl-C stops everything"))

	_, tour, _ := strings.Cut(string(printed.Contents()), "\nIn another terminal:\n")
	var lines []string
	for line := range strings.Lines(tour) {
		if command, is := strings.CutPrefix(line, "  "); is {
			lines = append(lines, strings.TrimSpace(command))
		}
	}
	g.Expect(len(lines)).To(BeNumerically(">", 8), tour)
	g.Expect(lines[0]).To(HavePrefix("export "))
	for _, line := range lines[1:] {
		g.Expect(paste(t, root, tools, lines[0], line)).To(Succeed(), line)
	}
}

// paste runs a line of the tour. One that watches is interrupted once it has shown something.
func paste(t *testing.T, root, tools, variables, line string) error {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	output, problem := gbytes.NewBuffer(), &bytes.Buffer{}
	shell := exec.CommandContext(ctx, "sh", "-euc", variables+"\nexec "+line)
	shell.Dir, shell.Stdout, shell.Stderr = root, output, problem
	shell.Env = append(os.Environ(), "HOME="+t.TempDir(), "PATH="+os.Getenv("PATH")+string(os.PathListSeparator)+tools)
	if err := shell.Start(); err != nil {
		return err
	}
	if strings.HasSuffix(line, "--watch") {
		shown := NewWithT(t).Eventually(output).WithTimeout(patience).Should(gbytes.Say("hello"))
		_ = shell.Process.Signal(syscall.SIGINT)
		_ = shell.Wait() // by the interrupt
		if shown {
			return nil
		}
		return errors.New(problem.String())
	}
	if err := shell.Wait(); err != nil {
		return errors.Join(err, errors.New(problem.String()))
	}
	return nil
}
