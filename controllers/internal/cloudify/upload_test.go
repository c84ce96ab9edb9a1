// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

// An archive goes out as a stream of known length: a Manager does not take chunks.
func TestUploadStreams(t *testing.T) {
	g := NewWithT(t)
	archive := bytes.Repeat([]byte("archive!"), 1<<18)
	client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.Method + " " + r.RequestURI).To(Equal("PUT /api/v3.1/blueprints/demo?application_file_name=dir%2Fmain.yaml&async_upload=true"))
		g.Expect(r.ContentLength).To(Equal(int64(len(archive))))
		g.Expect(r.TransferEncoding).To(BeEmpty())
		g.Expect(r.Header["Content-Type"]).To(Equal([]string{"application/octet-stream"}))
		content, err := io.ReadAll(r.Body)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(bytes.Equal(content, archive)).To(BeTrue())
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write(answer(t, "blueprint-uploading.json"))
	})
	blueprint, err := client.UploadBlueprint(t.Context(), "demo", Upload{
		MainFile: "dir/main.yaml", Archive: io.MultiReader(bytes.NewReader(archive)), Size: int64(len(archive)),
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(blueprint.InProgress()).To(BeTrue())
}

func TestUploadRefuses(t *testing.T) {
	client := serve(t, Release{}, func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s", r.RequestURI) })
	for says, upload := range map[string]Upload{
		"either an archive or its URL": {},
		"an archive or its URL":        {Archive: bytes.NewReader([]byte("x")), Size: 1, ArchiveURL: "https://example.com/hunter2"},
		"size":                         {Archive: bytes.NewReader([]byte("x"))},
	} {
		_, err := client.UploadBlueprint(t.Context(), "demo", upload)
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring(says)))
		NewWithT(t).Expect(err).NotTo(MatchError(ContainSubstring("hunter2")))
	}
}

// The Manager may download and parse for longer than an ordinary request takes.
func TestUploadHasPatience(t *testing.T) {
	g := NewWithT(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(400 * time.Millisecond)
		_, _ = io.WriteString(w, `{"id": "demo", "state": "pending"}`)
	}))
	t.Cleanup(server.Close)
	client := connect(t, Config{Endpoint: server.URL, Timeout: 200 * time.Millisecond})
	client.release.Store(&Release{7, 1, 0})
	_, err := client.UploadBlueprint(t.Context(), "demo", Upload{ArchiveURL: "https://example.com/a.zip"})
	g.Expect(err).NotTo(HaveOccurred())
	_, err = client.GetBlueprint(t.Context(), "demo")
	g.Expect(IsUnreachable(err)).To(BeTrue())
}
