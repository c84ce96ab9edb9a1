// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// rootVariable holds the root file system into which this test binary, started once more, goes before it becomes the manager.
const rootVariable = "IMAGE_ROOT"

// cannotConfine is how it ends where it is not allowed to.
const cannotConfine = 125

func TestMain(m *testing.M) {
	if root := os.Getenv(rootVariable); root != "" {
		fmt.Fprintln(os.Stderr, becomeManager(root))
		os.Exit(cannotConfine)
	}
	os.Exit(m.Run())
}

// confinedCommand runs the manager of a root file system as the restricted Pod Security Standard has it: as uid 65532, on a
// read-only root, without capabilities and without a way to get any. It takes root or user namespaces.
func confinedCommand(root string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = []string{rootVariable + "=" + root}
	attributes := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS,
		Credential: &syscall.Credential{Uid: 65532, Gid: 65532},
		// For becomeManager, which drops them.
		AmbientCaps: []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SYS_CHROOT, unix.CAP_SETPCAP, unix.CAP_DAC_READ_SEARCH},
		Pdeathsig:   syscall.SIGKILL,
	}
	if os.Getuid() != 0 {
		attributes.Cloneflags |= syscall.CLONE_NEWUSER
		attributes.Credential.NoSetGroups = true
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getuid(), Size: 1}}
		attributes.GidMappings = []syscall.SysProcIDMap{{ContainerID: 65532, HostID: os.Getgid(), Size: 1}}
	}
	cmd.SysProcAttr = attributes
	return cmd
}

// becomeManager returns only if it fails. Rights are those of a thread, so that it stays on one.
func becomeManager(root string) error {
	runtime.LockOSThread()
	for _, m := range []struct {
		source, target string
		flags          uintptr
	}{
		{"", "/", unix.MS_REC | unix.MS_PRIVATE},
		{root, root, unix.MS_BIND},
		{"", root, unix.MS_BIND | unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV},
	} {
		if err := unix.Mount(m.source, m.target, "", m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := unix.Chroot(root); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("change to the root: %w", err)
	}
	for capability := uintptr(0); capability <= unix.CAP_LAST_CAP; capability++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) { // an older kernel knows fewer
			return fmt.Errorf("drop capability %d: %w", capability, err)
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("refuse new privileges: %w", err)
	}
	if err := unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &make([]unix.CapUserData, 2)[0]); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	// Where no /etc/passwd knows the user, container runtimes set this home.
	return unix.Exec("/manager", append([]string{"/manager"}, os.Args[1:]...), []string{"HOME=/", "KUBECONFIG=/kubeconfig"})
}
