// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestCurl(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.Error(w, "nothing", http.StatusNotFound)
			return
		}
		user, password, _ := r.BasicAuth()
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s %s:%s %s %s", r.Method, r.URL, user, password, r.Header.Get("X-Version"), body)
	}))
	t.Cleanup(server.Close)
	folder := t.TempDir()
	path := func(name string) string { return filepath.Join(folder, name) }
	g := NewWithT(t)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	g.Expect(os.WriteFile(path("ca.crt"), authority, 0o600)).To(Succeed())
	config := "silent\ncacert = " + path("ca.crt") + "\nuser = \"me:sour\"\n\nheader = \"X-Version: 2.17\"\n"
	g.Expect(os.WriteFile(path("me.curl"), []byte(config), 0o600)).To(Succeed())

	for _, row := range []struct {
		name    string
		args    []string
		printed string
		status  int
		err     string
	}{
		{name: "a file of options", args: []string{"-K", path("me.curl"), server.URL + "/a?b=c"}, printed: "GET /a?b=c me:sour 2.17 ", status: 200},
		{name: "a body", args: []string{"-K", path("me.curl"), "-d", "{}", server.URL + "/a"}, printed: "POST /a me:sour 2.17 {}", status: 200},
		{
			name: "options of its own", status: 200, printed: "PUT /a you:sweet 1 {}200\n",
			args: []string{"--silent", "--cacert", path("ca.crt"), "--user", "you:sweet", "--header", "X-Version: 1", "--request", "PUT", "--data", "{}", "--write-out", `%{http_code}\n`, server.URL + "/a"},
		},
		{name: "into a file", args: []string{"-K", path("me.curl"), "-o", path("out"), "-w", "%{http_code}", server.URL + "/a"}, printed: "200", status: 200},
		{name: "an error", args: []string{"-K", path("me.curl"), server.URL + "/missing"}, printed: "nothing\n", status: 404},
		{name: "an error that fails", args: []string{"-K", path("me.curl"), "--fail", server.URL + "/missing"}, status: 404},
		{name: "an authority that is not ours", args: []string{server.URL}, err: "certificate"},
		{name: "nobody there", args: []string{"http://127.0.0.1:1/"}, err: "refused"},
		{name: "no URL", args: []string{"-K", path("me.curl")}, err: "no URL"},
		{name: "no value", args: []string{server.URL, "-X"}, err: "-X has no value"},
		{name: "an option it does not have", args: []string{"--http3-only", "", server.URL}, err: "no option http3-only: install curl"},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			var o options
			var printed bytes.Buffer
			status, err := 0, o.parse(row.args)
			if err == nil {
				status, err = o.run(&printed)
			}
			if row.err != "" {
				g.Expect(err).To(MatchError(ContainSubstring(row.err)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(status).To(Equal(row.status))
			g.Expect(printed.String()).To(Equal(row.printed))
		})
	}
	g.Expect(os.ReadFile(path("out"))).To(BeEquivalentTo("GET /a me:sour 2.17 "))
}
