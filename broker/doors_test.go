// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
)

// A rotation, as a mounted Secret shows it: all files change at once, behind a link.
func TestPasswordsAreReadAgain(t *testing.T) {
	g := NewWithT(t)
	folder := t.TempDir()
	mount := func(version string, files map[string]string) {
		data := filepath.Join(folder, "..v"+version)
		g.Expect(os.Mkdir(data, 0o700)).To(Succeed())
		for name, content := range files {
			write(t, filepath.Join(data, name), content)
		}
		g.Expect(os.Symlink(data, filepath.Join(folder, "..tmp"))).To(Succeed())
		g.Expect(os.Rename(filepath.Join(folder, "..tmp"), filepath.Join(folder, "..data"))).To(Succeed())
	}
	limits := doors.DefaultLimits()
	limits.FailedLogins = 1000 // the test tries often
	entrance := doors.New(doors.Config{CredentialsDir: folder, Limits: limits})
	e := newEndpoint(&fake{}, entrance, func() error { return nil })
	p := newPlatform(t, e)
	status := func(password string) func() int {
		return func() int { return p.with("Authorization", basic("u", password)).ask("GET", "/v2/catalog", "").status }
	}
	g.Expect(entrance.Usable()).To(MatchError(ContainSubstring("username")))
	g.Expect(status("old")()).To(Equal(401))

	mount("1", map[string]string{"username": "u", "password": "old"})
	g.Eventually(status("old")).WithTimeout(10 * time.Second).Should(Equal(200))
	g.Expect(entrance.Usable()).To(Succeed())
	mount("2", map[string]string{"username": "u", "password": "old", "password-next": "new"})
	g.Eventually(status("new")).WithTimeout(10 * time.Second).WithPolling(100 * time.Millisecond).Should(Equal(200))
	g.Expect(status("old")()).To(Equal(200))
	mount("3", map[string]string{"username": "u", "password": "new"})
	g.Eventually(status("old")).WithTimeout(10 * time.Second).Should(Equal(401))
	g.Expect(status("new")()).To(Equal(200))
	g.Expect(os.Remove(filepath.Join(folder, "..data"))).To(Succeed())
	g.Eventually(status("new")).WithTimeout(10*time.Second).Should(Equal(401), "what cannot be read lets nobody in")
}
