// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// newPasswords writes a folder of credentials.
func newPasswords(t testing.TB, files map[string]string) *passwords {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		write(t, filepath.Join(folder, name), content)
	}
	return &passwords{folder: folder}
}

func write(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPasswords(t *testing.T) {
	for name, row := range map[string]struct {
		files        map[string]string
		user, secret string
		accepted     bool
	}{
		"right":                {map[string]string{"username": "u", "password": "p"}, "u", "p", true},
		"a line break":         {map[string]string{"username": "u\n", "password": "p\r\n"}, "u", "p", true},
		"a space counts":       {map[string]string{"username": "u", "password": "p "}, "u", "p", false},
		"wrong password":       {map[string]string{"username": "u", "password": "p"}, "u", "q", false},
		"wrong name":           {map[string]string{"username": "u", "password": "p"}, "v", "p", false},
		"longer":               {map[string]string{"username": "u", "password": "p"}, "u", "pp", false},
		"nothing":              {map[string]string{"username": "u", "password": "p"}, "", "", false},
		"empty files":          {map[string]string{"username": "", "password": ""}, "", "", false},
		"no files":             {nil, "", "", false},
		"next pair":            {map[string]string{"username": "u", "password": "p", "username-next": "v", "password-next": "q"}, "v", "q", true},
		"first pair":           {map[string]string{"username": "u", "password": "p", "username-next": "v", "password-next": "q"}, "u", "p", true},
		"pairs are not mixed":  {map[string]string{"username": "u", "password": "p", "username-next": "v", "password-next": "q"}, "u", "q", false},
		"next password alone":  {map[string]string{"username": "u", "password": "p", "password-next": "q"}, "u", "q", true},
		"empty next password":  {map[string]string{"username": "u", "password": "p", "password-next": ""}, "u", "", false},
		"a name without words": {map[string]string{"username": "u", "password": "p", "username-next": "v"}, "v", "p", false},
	} {
		NewWithT(t).Expect(newPasswords(t, row.files).accept(row.user, row.secret)).To(Equal(row.accepted), name)
	}
}

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
	e := newEndpoint(&fake{}, &doors{passwords: &passwords{folder: folder}}, func(context.Context) error { return nil })
	p := newPlatform(t, e)
	status := func(password string) func() int {
		return func() int { return p.with("Authorization", basic("u", password)).ask("GET", "/v2/catalog", "").status }
	}
	g.Expect(e.doors.usable()).To(MatchError(ContainSubstring("username")))
	g.Expect(status("old")()).To(Equal(401))

	mount("1", map[string]string{"username": "u", "password": "old"})
	g.Eventually(status("old")).WithTimeout(10 * time.Second).Should(Equal(200))
	g.Expect(e.doors.usable()).To(Succeed())
	mount("2", map[string]string{"username": "u", "password": "old", "password-next": "new"})
	g.Eventually(status("new")).WithTimeout(10 * time.Second).WithPolling(100 * time.Millisecond).Should(Equal(200))
	g.Expect(status("old")()).To(Equal(200))
	mount("3", map[string]string{"username": "u", "password": "new"})
	g.Eventually(status("old")).WithTimeout(10 * time.Second).Should(Equal(401))
	g.Expect(status("new")()).To(Equal(200))
	g.Expect(os.Remove(filepath.Join(folder, "..data"))).To(Succeed())
	g.Eventually(status("new")).WithTimeout(10*time.Second).Should(Equal(401), "what cannot be read lets nobody in")
}

func TestOptionsThatMakeAnEndpoint(t *testing.T) {
	good := Options{BindAddress: "127.0.0.1:0", CertDir: "c", CredentialsDir: "d", TokenAudience: "a", Namespace: "n"}
	for name, row := range map[string]struct {
		change func(*Options)
		wrong  string
	}{
		"all":                    {func(*Options) {}, ""},
		"every address":          {func(o *Options) { o.BindAddress = ":8090" }, ""},
		"passwords only":         {func(o *Options) { o.TokenAudience = "" }, ""},
		"tokens only":            {func(o *Options) { o.CredentialsDir = "" }, ""},
		"nobody":                 {func(o *Options) { o.CredentialsDir, o.TokenAudience = "", "" }, "nobody could come in"},
		"no certificate":         {func(o *Options) { o.CertDir = "" }, "--osb-cert-dir"},
		"http":                   {func(o *Options) { o.CertDir, o.Insecure = "", InsecureHTTP }, ""},
		"http without passwords": {func(o *Options) { o.Insecure, o.CredentialsDir, o.TokenAudience = InsecureHTTP, "", "" }, "nobody could come in"},
		"open": {func(o *Options) {
			o.CertDir, o.CredentialsDir, o.TokenAudience, o.Insecure = "", "", "", InsecureOpen
		}, ""},
		"open on IPv6 loopback": {func(o *Options) { o.BindAddress, o.Insecure = "[::1]:0", InsecureOpen }, ""},
		"open everywhere":       {func(o *Options) { o.BindAddress, o.Insecure = ":8090", InsecureOpen }, "loopback"},
		"open elsewhere":        {func(o *Options) { o.BindAddress, o.Insecure = "192.0.2.1:8090", InsecureOpen }, "loopback"},
		"another word":          {func(o *Options) { o.Insecure = "yes" }, "--osb-insecure"},
		"no port":               {func(o *Options) { o.BindAddress = "127.0.0.1" }, "--osb-bind-address"},
		"no namespace":          {func(o *Options) { o.Namespace = "" }, "--osb-namespace"},
	} {
		g := NewWithT(t)
		options := good
		row.change(&options)
		_, err := options.address()
		if row.wrong == "" {
			g.Expect(err).NotTo(HaveOccurred(), name)
		} else {
			g.Expect(err).To(MatchError(ContainSubstring(row.wrong)), name)
		}
	}
}
