// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

func files(pairs ...string) map[string]string {
	all := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

// The ID is a promise: a later release of the operator must find what an earlier one uploaded.
func TestRevisionIDIsStable(t *testing.T) {
	g := NewWithT(t)
	s := source{mainFile: "blueprint.yaml", files: files("blueprint.yaml", "a: 1\n", "scripts/start.py", "")}
	for range 20 {
		g.Expect(s.revisionID("cluster", "shop", "cellar")).To(Equal("k8s-cellar-a30ff746da9a57cc"))
	}
	g.Expect(source{mainFile: "blueprint.yaml", url: "https://a.example.com/c.zip"}.revisionID("cluster", "shop", "cellar")).To(Equal("k8s-cellar-69aeaace36fb98d7"))
}

func TestRevisionIDsDiffer(t *testing.T) {
	g := NewWithT(t)
	base := source{mainFile: "a", files: files("a", "1", "b", "2")}
	all := map[string]string{base.revisionID("cluster", "shop", "cellar"): "the same"}
	for name, id := range map[string]string{
		"another cluster":              base.revisionID("other", "shop", "cellar"),
		"another namespace":            base.revisionID("cluster", "other", "cellar"),
		"another name":                 base.revisionID("cluster", "shop", "other"),
		"namespace and name, shifted":  base.revisionID("cluster", "shopc", "ellar"),
		"another main file":            source{mainFile: "b", files: base.files}.revisionID("cluster", "shop", "cellar"),
		"other content":                source{mainFile: "a", files: files("a", "1", "b", "3")}.revisionID("cluster", "shop", "cellar"),
		"content in the other file":    source{mainFile: "a", files: files("a", "12", "b", "")}.revisionID("cluster", "shop", "cellar"),
		"another path":                 source{mainFile: "a", files: files("a", "1", "c", "2")}.revisionID("cluster", "shop", "cellar"),
		"a file more":                  source{mainFile: "a", files: files("a", "1", "b", "2", "c", "")}.revisionID("cluster", "shop", "cellar"),
		"a file that holds the others": source{mainFile: "a", files: files("a", "11:b1:2")}.revisionID("cluster", "shop", "cellar"),
		"an archive":                   source{mainFile: "a", url: "https://a.example.com/1.zip"}.revisionID("cluster", "shop", "cellar"),
		"another archive":              source{mainFile: "a", url: "https://a.example.com/2.zip"}.revisionID("cluster", "shop", "cellar"),
	} {
		g.Expect(all).NotTo(HaveKey(id), "%s is %s", name, all[id])
		all[id] = name
	}
}

func TestRevisionIDOfALongName(t *testing.T) {
	g := NewWithT(t)
	s := source{mainFile: "a", files: files("a", "1")}
	long := strings.Repeat("n", 60)
	id := s.revisionID("cluster", "shop", long+"-one")
	g.Expect(id).To(MatchRegexp("^k8s-n{60}-[0-9a-f]{16}$"))
	g.Expect(id).NotTo(Equal(s.revisionID("cluster", "shop", long+"-two")), "what is cut off still counts")
}

func TestCheck(t *testing.T) {
	main := func(pairs ...string) source { return source{mainFile: "blueprint.yaml", files: files(pairs...)} }
	for _, row := range []struct {
		name    string
		source  source
		problem string
	}{
		{"a main file", main("blueprint.yaml", ""), ""},
		{"files in folders", main("blueprint.yaml", "", "scripts/a..b/start.py", ""), ""},
		{"an archive", source{mainFile: "any", url: "https://a.example.com/c.zip"}, ""},
		{"no files", main(), "the source has no files"},
		{"no main file", main("main.yaml", "", "a", ""), "the main file blueprint.yaml is not among the files (a, main.yaml): correct spec.mainFile or the source"},
		{"an absolute path", main("blueprint.yaml", "", "/etc/passwd", ""), `"/etc/passwd" is not a relative path with forward slashes`},
		{"a path outside", main("blueprint.yaml", "", "a/../../b", ""), `"a/../../b" is not a relative path`},
		{"backslashes", main("blueprint.yaml", "", `a\b`, ""), `is not a relative path with forward slashes`},
		{"no path", main("blueprint.yaml", "", "", ""), `"" is not a relative path`},
		{"as much as may be", main("blueprint.yaml", strings.Repeat("a", maxSource)), ""},
		{"too much", main("blueprint.yaml", strings.Repeat("a", maxSource), "b", "b"), "the files have 4194305 bytes in total, but at most 4194304 are allowed: use source.archive"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.problem == "" {
				NewWithT(t).Expect(row.source.check()).To(BeEmpty())
				return
			}
			NewWithT(t).Expect(row.source.check()).To(ContainSubstring(row.problem))
		})
	}
}

func TestArchive(t *testing.T) {
	g := NewWithT(t)
	want := files("blueprint.yaml", "a: 1\n", "scripts/start.py", "", "ü.txt", "ü")
	first, err := source{files: want}.archive()
	g.Expect(err).NotTo(HaveOccurred())
	again, err := source{files: want}.archive()
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again).To(Equal(first), "the same bytes for the same files")

	r, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	g.Expect(err).NotTo(HaveOccurred())
	got := map[string]string{}
	for _, f := range r.File {
		content, err := f.Open()
		g.Expect(err).NotTo(HaveOccurred())
		text, err := io.ReadAll(content)
		g.Expect(err).NotTo(HaveOccurred())
		path, below := strings.CutPrefix(f.Name, "blueprint/")
		g.Expect(below).To(BeTrue(), "the Manager wants exactly one folder at the top")
		got[path] = string(text)
	}
	g.Expect(got).To(Equal(want))
}

func TestInlineSource(t *testing.T) {
	g := NewWithT(t)
	content, empty := "a: 1", ""
	in := &v1alpha1.InlineSource{Files: []v1alpha1.InlineFile{{Path: "a", Content: &content}, {Path: "b/c", Content: &empty}}}
	g.Expect(inlineSource(in)).To(Equal(files("a", "a: 1", "b/c", "")))
}

func TestConfigMapSource(t *testing.T) {
	data, binary := files("blueprint.yaml", "a: 1", "start", "x"), map[string][]byte{"logo": {0xFF, 0xFE}}
	items := func(pairs ...string) []v1alpha1.KeyToPath {
		var all []v1alpha1.KeyToPath
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, v1alpha1.KeyToPath{Key: pairs[i], Path: v1alpha1.FilePath(pairs[i+1])})
		}
		return all
	}
	for _, row := range []struct {
		name    string
		items   []v1alpha1.KeyToPath
		files   map[string]string
		missing []string
	}{
		{"every key", nil, files("blueprint.yaml", "a: 1", "start", "x", "logo", "\xFF\xFE"), nil},
		{"some keys, elsewhere", items("blueprint.yaml", "main.yaml", "logo", "img/logo"), files("main.yaml", "a: 1", "img/logo", "\xFF\xFE"), nil},
		{"a key twice", items("start", "a", "start", "b"), files("a", "x", "b", "x"), nil},
		{"keys that are not there", items("blueprint.yaml", "a", "stop", "b", "restart", "c"), nil, []string{"stop", "restart"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			got, missing := configMapSource(&v1alpha1.ConfigMapSource{Items: row.items}, data, binary)
			g.Expect(missing).To(Equal(row.missing))
			if missing == nil {
				g.Expect(got).To(Equal(row.files))
			}
			g.Expect(data).To(HaveLen(2), "what was read is left alone")
		})
	}
	got, _ := configMapSource(&v1alpha1.ConfigMapSource{}, nil, binary)
	NewWithT(t).Expect(got).To(Equal(files("logo", "\xFF\xFE")), "only binary data")
}
