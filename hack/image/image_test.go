// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"
	. "github.com/onsi/gomega"
)

const (
	source  = "../.."
	archive = source + "/dist/cloudify-operator.tar"
)

var platforms = []v1.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64"}}

// shipped is the image of dist, and where its layout is.
func shipped(t *testing.T) (v1.ImageIndex, string) {
	t.Helper()
	g := NewWithT(t)
	data, err := os.ReadFile(archive)
	g.Expect(err).NotTo(HaveOccurred(), "make image writes it")
	folder := t.TempDir()
	g.Expect(writeFiles(folder, entries(t, bytes.NewReader(data)))).To(Succeed())
	outer, err := layout.ImageIndexFromPath(folder)
	g.Expect(err).NotTo(HaveOccurred())
	manifest, err := outer.IndexManifest()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.Manifests).To(HaveLen(1))
	index, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(validate.Index(index)).To(Succeed())
	return index, folder
}

// stampsOf reads from an image which build it is.
func stampsOf(t *testing.T, index v1.ImageIndex) stamps {
	t.Helper()
	manifest, err := index.IndexManifest()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	at, err := time.Parse(time.RFC3339, manifest.Annotations["org.opencontainers.image.created"])
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return stamps{
		Version: manifest.Annotations["org.opencontainers.image.version"], Commit: manifest.Annotations["org.opencontainers.image.revision"], Date: at,
	}
}

// imageFor is the image of one platform.
func imageFor(t *testing.T, index v1.ImageIndex, p v1.Platform) v1.Image {
	t.Helper()
	g := NewWithT(t)
	manifest, err := index.IndexManifest()
	g.Expect(err).NotTo(HaveOccurred())
	for _, m := range manifest.Manifests {
		if m.Platform.Equals(p) {
			image, err := index.Image(m.Digest)
			g.Expect(err).NotTo(HaveOccurred())
			return image
		}
	}
	t.Fatalf("there is no image for %s", p)
	return nil
}

// filesOf reads the only layer of an image; see checks each header.
func filesOf(t *testing.T, image v1.Image, see ...func(*tar.Header)) []file {
	t.Helper()
	g := NewWithT(t)
	layers, err := image.Layers()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(layers).To(HaveLen(1))
	data, err := layers[0].Uncompressed()
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = data.Close() }()
	return entries(t, data, see...)
}

func entries(t *testing.T, data io.Reader, see ...func(*tar.Header)) (files []file) {
	t.Helper()
	g := NewWithT(t)
	for in := tar.NewReader(data); ; {
		header, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		g.Expect(err).NotTo(HaveOccurred())
		for _, s := range see {
			s(header)
		}
		content, err := io.ReadAll(in)
		g.Expect(err).NotTo(HaveOccurred())
		files = append(files, file{name: strings.TrimSuffix(header.Name, "/"), mode: header.FileInfo().Mode(), data: content})
	}
}

// Whatever tool copies the image, it keeps its digest: there is nothing in its index that some of them leave out.
func TestIndexIsPlain(t *testing.T) {
	g := NewWithT(t)
	index, _ := shipped(t)
	manifest, err := index.IndexManifest()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.Manifests).To(HaveLen(len(platforms)))
	for _, m := range manifest.Manifests {
		g.Expect(m).To(Equal(v1.Descriptor{MediaType: types.OCIManifestSchema1, Size: m.Size, Digest: m.Digest, Platform: m.Platform}))
	}
}

func TestImageHoldsManagerAndCertificates(t *testing.T) {
	index, _ := shipped(t)
	s := stampsOf(t, index)
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	for _, p := range platforms {
		t.Run(p.Architecture, func(t *testing.T) {
			g := NewWithT(t)
			image := imageFor(t, index, p)

			listed := map[string]os.FileMode{}
			var manager, roots []byte
			for _, f := range filesOf(t, image, func(h *tar.Header) {
				g.Expect(h.ModTime).To(BeTemporally("==", s.Date))
				g.Expect([]any{h.Uid, h.Gid, h.Uname, h.Gname}).To(Equal([]any{0, 0, "", ""}))
			}) {
				listed[f.name] = f.mode
				switch f.name {
				case "manager":
					manager = f.data
				case "etc/ssl/certs/ca-certificates.crt":
					roots = f.data
				}
			}
			folder := os.ModeDir | 0o755
			g.Expect(listed).To(Equal(map[string]os.FileMode{
				"etc": folder, "etc/ssl": folder, "etc/ssl/certs": folder, "etc/ssl/certs/ca-certificates.crt": 0o644, "manager": 0o755,
			}))
			g.Expect(roots).To(Equal(certificates()))

			binary, err := elf.NewFile(bytes.NewReader(manager))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(binary.Machine).To(Equal(machines[p.Architecture]))
			g.Expect(binary.Progs).NotTo(ContainElement(HaveField("Type", elf.PT_INTERP)), "there is no library for it")

			config, err := image.ConfigFile()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(config.Platform().Equals(p)).To(BeTrue())
			g.Expect(config.Created.Time).To(BeTemporally("==", s.Date))
			g.Expect(config.Config).To(Equal(v1.Config{User: "65532:65532", Entrypoint: []string{"/manager"}, Labels: labels(s)}))
		})
	}
}

// What make image wrote comes out again, byte for byte, of the same sources in another place.
func TestTwoBuildsAreEqual(t *testing.T) {
	g := NewWithT(t)
	index, layoutFolder := shipped(t)
	elsewhere := filepath.Join(t.TempDir(), "a", "copy")
	list := exec.CommandContext(t.Context(), "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.go", "go.mod", "go.sum", "*.yaml")
	list.Dir = source
	names, err := list.Output()
	g.Expect(err).NotTo(HaveOccurred())
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names), "\x00"), "\x00") {
		data, err := os.ReadFile(filepath.Join(source, name))
		if errors.Is(err, os.ErrNotExist) {
			continue // deleted, and not yet committed
		}
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(os.MkdirAll(filepath.Dir(filepath.Join(elsewhere, name)), 0o700)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(elsewhere, name), data, 0o600)).To(Succeed())
	}

	again, err := makeIndex(t.Context(), elsewhere, stampsOf(t, index), platforms)
	g.Expect(err).NotTo(HaveOccurred())
	first, err := index.Digest()
	g.Expect(err).NotTo(HaveOccurred())
	second, err := again.Digest()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(second).To(Equal(first), "make image has not run since the sources changed, or two builds differ")

	// The archive around it too.
	called := "registry.example.com/team/operator:v1"
	one, two := filepath.Join(t.TempDir(), "one.tar"), filepath.Join(t.TempDir(), "two.tar")
	g.Expect(writeArchive(one, called, index)).To(Succeed())
	g.Expect(writeArchive(two, called, again)).To(Succeed())
	g.Expect(sameFile(t, one, two)).To(BeTrue())
	g.Expect(filepath.Join(layoutFolder, "oci-layout")).To(BeARegularFile())
}

func sameFile(t *testing.T, one, two string) bool {
	t.Helper()
	a, err := os.ReadFile(one)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	b, err := os.ReadFile(two)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return bytes.Equal(a, b)
}

func TestNames(t *testing.T) {
	g := NewWithT(t)
	for called, want := range map[string][2]string{
		"controller:latest":                     {"docker.io/library/controller:latest", "latest"},
		"registry.example.com:5000/team/op:1.2": {"registry.example.com:5000/team/op:1.2", "1.2"},
	} {
		annotations, err := names(called)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(annotations).To(Equal(map[string]string{
			"io.containerd.image.name": want[0], "org.opencontainers.image.ref.name": want[1],
		}))
	}
	_, err := names("Not A Name")
	g.Expect(err).To(MatchError(ContainSubstring("--name")))
}
