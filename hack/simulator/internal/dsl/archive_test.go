// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// tarBz2 is demo/blueprint.yaml with the content "a: 1\n", for Go only reads bzip2.
const tarBz2 = "QlpoOTFBWSZTWVffC2gAAHH9gMmQAAJAAecQAAJ2J94gCAggAFRCm0j1DQBpiBpvVBJRDIBoADQH2tQ1CB8qEIsix5CmdyBDAg0v7jc4UzBD2GSItzn6o1YVEBjGHQ4n472bWJRaD4DczMi/F3JFOFCQV98LaA=="

func TestUnpack(t *testing.T) {
	content := files{"demo/blueprint.yaml": "a: 1\n", "demo/scripts/op.py": "pass\n"}
	bz2, err := base64.StdEncoding.DecodeString(tarBz2)
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		archive []byte
		want    map[string][]byte
	}{
		"tar":     {tarball(t, content), map[string][]byte{"blueprint.yaml": []byte("a: 1\n"), "scripts/op.py": []byte("pass\n")}},
		"tar.gz":  {gzipped(t, tarball(t, content)), map[string][]byte{"blueprint.yaml": []byte("a: 1\n"), "scripts/op.py": []byte("pass\n")}},
		"zip":     {zipped(t, content), map[string][]byte{"blueprint.yaml": []byte("a: 1\n"), "scripts/op.py": []byte("pass\n")}},
		"tar.bz2": {bz2, map[string][]byte{"blueprint.yaml": []byte("a: 1\n")}},
		"dotted":  {tarball(t, files{"./demo/blueprint.yaml": "a: 1\n"}), map[string][]byte{"blueprint.yaml": []byte("a: 1\n")}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			archive, err := Unpack(test.archive)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(archive.Top()).To(Equal("demo"))
			g.Expect(archive.Files()).To(Equal(test.want))
		})
	}
}

func TestUnpackFolderEntries(t *testing.T) {
	g := NewWithT(t)
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for _, header := range []tar.Header{
		{Name: "demo/", Typeflag: tar.TypeDir, Mode: 0o755},
		{Name: "demo/link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		{Name: "demo/blueprint.yaml", Typeflag: tar.TypeReg, Mode: 0o644},
	} {
		g.Expect(w.WriteHeader(&header)).To(Succeed())
	}
	g.Expect(w.Close()).To(Succeed())
	archive, err := Unpack(buffer.Bytes())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(archive.Files()).To(Equal(map[string][]byte{"blueprint.yaml": {}}), "links lead nowhere")
}

func TestUnpackRefuses(t *testing.T) {
	const (
		unrecognized = "Blueprint archive is of an unrecognized format. Supported formats are: ['zip', 'tar', 'tar.gz', 'tar.bz2']"
		notOne       = "Archive must contain exactly 1 directory"
	)
	for name, test := range map[string]struct {
		archive []byte
		want    Error
	}{
		"text":                          {[]byte("this is not an archive\n"), Error{StateFailedUploading, unrecognized}},
		"nothing":                       {nil, Error{StateFailedUploading, unrecognized}},
		"cut gzip":                      {gzipped(t, tarball(t, files{"a/b": "c"}))[:30], Error{StateFailedUploading, unrecognized}},
		"cut zip":                       {zipped(t, files{"a/b": "c"})[:30], Error{StateFailedUploading, unrecognized}},
		"gzipped text":                  {gzipped(t, []byte("hello")), Error{StateFailedUploading, unrecognized}},
		"two folders":                   {tarball(t, files{"a/blueprint.yaml": "", "b/blueprint.yaml": ""}), Error{StateFailedExtracting, notOne}},
		"a file on top beside a folder": {tarball(t, files{"demo/blueprint.yaml": "", "README": ""}), Error{StateFailedExtracting, notOne}},
		"only a file":                   {zipped(t, files{"blueprint.yaml": ""}), Error{StateFailedExtracting, notOne}},
		"parent":                        {tarball(t, files{"../etc/passwd": ""}), Error{StateFailedExtracting, "Archive member is outside of the archive: ../etc/passwd"}},
		"parent inside":                 {zipped(t, files{"demo/../../x": ""}), Error{StateFailedExtracting, "Archive member is outside of the archive: demo/../../x"}},
		"absolute":                      {tarball(t, files{"/etc/passwd": ""}), Error{StateFailedExtracting, "Archive member is outside of the archive: /etc/passwd"}},
		"a bomb":                        {gzipped(t, tarball(t, files{"demo/zeros": strings.Repeat("\x00", maxArchiveBytes+1)})), *errTooLarge},
		"a zipped bomb":                 {zipped(t, files{"demo/zeros": strings.Repeat("\x00", maxArchiveBytes+1)}), *errTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := Unpack(test.archive)
			g.Expect(*refused(t, err)).To(Equal(test.want))
		})
	}
}

func TestUnpackTooManyFiles(t *testing.T) {
	g := NewWithT(t)
	var buffer bytes.Buffer
	w := tar.NewWriter(&buffer)
	for range maxArchiveFiles + 1 {
		g.Expect(w.WriteHeader(&tar.Header{Name: "demo/same", Mode: 0o644})).To(Succeed())
	}
	g.Expect(w.Close()).To(Succeed())
	_, err := Unpack(buffer.Bytes())
	g.Expect(refused(t, err)).To(Equal(errTooLarge))
}
