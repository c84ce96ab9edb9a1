// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

const module = "github.com/cloudify-operator/cloudify-operator"

// rule says what the packages below a folder must not import. Paths are as go list takes them, so those of this module begin
// with a dot; std is the standard library.
type rule struct {
	from   string   // all, if empty; "." is the package at the root
	except []string // of from
	// never are packages that none may depend on, however indirectly.
	never []string
	// only, if set, are all that may be imported directly.
	only []string
	why  string
}

var rules = []rule{
	{from: "./controllers", never: []string{"./broker"}, why: "controllers and broker meet in the Kubernetes API"},
	{from: "./broker", never: []string{"./controllers"}, why: "controllers and broker meet in the Kubernetes API"},
	{from: "./broker", never: []string{"./hack"}, why: "the product knows nothing of its test equipment"},
	{from: "./controllers", never: []string{"./hack"}, why: "the product knows nothing of its test equipment"},
	{from: "./internal", except: []string{"./internal/process"}, never: []string{"./hack", "./controllers", "./broker"}, why: "what both halves share belongs to neither"},
	{from: "./api", never: []string{"./hack", "./controllers", "./broker", "./internal"}, why: "the kinds are for everybody to import"},
	{from: "./api", only: []string{"std", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"},
		why: "who imports the kinds gets nothing else with them"},
	{from: ".", never: []string{"./hack", "testing", "github.com/onsi/gomega"}, why: "the product knows nothing of its test equipment"},
	{from: "./hack/simulator", never: []string{"./controllers", "./broker", "./api", "./internal"},
		why: "simulator and client are two independent readings of the Manager's API: shared types would let both be wrong together"},
	{from: "./hack/simulator", only: []string{"std", "go.yaml.in/yaml/v3", "github.com/dlclark/regexp2", "./hack/simulator"}, why: "a Manager knows nothing of Kubernetes"},
	{from: "./controllers/internal/cloudify", only: []string{"std", "golang.org/x/time/rate", "github.com/prometheus/client_golang", "go.opentelemetry.io/otel", "./internal/inputs", "./internal/tracing"},
		why: "the client knows HTTP, the controllers know policy"},
	{from: "./broker/internal/osb", only: []string{"std"}, why: "the words of a protocol"},
	{from: "./broker/internal/service", never: []string{"./broker/internal/store"}, why: "what an operation means has nothing to do with where it is stored"},
	{from: "./broker/internal/doors", never: []string{"./api", "./broker/internal/osb", "./broker/internal/service", "./broker/internal/store"},
		why: "who comes in has nothing to do with what is asked for"},
	{from: "./broker/internal/connections", never: []string{"./api", "./internal", "./broker/internal/doors", "./broker/internal/osb", "./broker/internal/service"},
		why: "a connection is none of a protocol's"},
	{from: "./internal/tracing", except: []string{"./internal/tracing/provider"}, never: []string{"go.opentelemetry.io/otel/sdk", "go.opentelemetry.io/otel/exporters"},
		why: "whoever makes spans does not know where they go"},
	{from: "./hack/testenv", never: []string{"./controllers", "./broker"}, why: "what tests build on does not depend on what they test"},
	{from: "./hack/chaos", never: []string{"./controllers", "./broker", "./internal", "./hack/testenv"},
		why: "who judges the operator sees it from outside"},
	{from: "./hack/bench", never: []string{"./controllers", "./broker", "./internal", "./hack/testenv"},
		why: "who measures the operator sees it from outside"},
	{except: []string{"./hack/testenv"}, never: []string{"./hack/testenv"}, why: "testenv is imported by tests only"},
}

// Who may import whom is part of the design.
func TestImportsFollowTheDesign(t *testing.T) {
	g := NewWithT(t)
	packages := listPackages(t)
	g.Expect(len(packages)).To(BeNumerically(">", 10))

	for _, r := range rules {
		for _, p := range packages {
			if r.concerns(p.path()) {
				g.Expect(r.broken(p)).To(BeEmpty(), "%s imports these, but %s", p.path(), r.why)
			}
		}
	}
}

// The rules find what they are there to find.
func TestForbiddenImportsAreFound(t *testing.T) {
	g := NewWithT(t)
	p := goPackage{
		ImportPath: module + "/controllers/deployment",
		Imports:    []string{"fmt", "net/http", module + "/api/v1alpha1", "github.com/onsi/gomega"},
		Deps:       []string{module + "/broker/internal/osb"},
	}
	g.Expect(rule{never: []string{"./broker"}}.broken(p)).To(ConsistOf("./broker/internal/osb"))
	g.Expect(rule{never: []string{"./broke"}}.broken(p)).To(BeEmpty())
	g.Expect(rule{only: []string{"std", "./api"}}.broken(p)).To(ConsistOf("github.com/onsi/gomega"))
	g.Expect(rule{only: []string{"./api", "github.com/onsi"}}.broken(p)).To(ConsistOf("fmt", "net/http"))
	g.Expect(rule{from: "./controllers"}.concerns(p.path())).To(BeTrue())
	g.Expect(rule{from: "./controllers", except: []string{"./controllers/deployment"}}.concerns(p.path())).To(BeFalse())
	g.Expect(rule{from: "."}.concerns(p.path())).To(BeFalse())
	g.Expect(rule{from: "."}.concerns(relative(module))).To(BeTrue())
}

func (r rule) concerns(path string) bool {
	return (r.from == "" || below(path, r.from)) && !slices.ContainsFunc(r.except, func(e string) bool { return below(path, e) })
}

// broken lists what a package imports against the rule. What only its tests import is not looked at.
func (r rule) broken(p goPackage) (imports []string) {
	for _, path := range p.dependencies() {
		if slices.ContainsFunc(r.never, func(n string) bool { return below(path, n) }) {
			imports = append(imports, path)
		}
	}
	if len(r.only) == 0 {
		return imports
	}
	for _, path := range p.imports() {
		if !slices.ContainsFunc(r.only, func(o string) bool { return o == "std" && isStandard(path) || below(path, o) }) {
			imports = append(imports, path)
		}
	}
	return imports
}

// goPackage is a package as go list knows it.
type goPackage struct {
	ImportPath    string
	Imports, Deps []string
}

func (p goPackage) path() string { return relative(p.ImportPath) }

func (p goPackage) imports() []string { return relatives(p.Imports) }

// dependencies returns all packages that a package depends on.
func (p goPackage) dependencies() []string { return relatives(p.Deps) }

func relatives(paths []string) []string {
	short := make([]string, 0, len(paths))
	for _, path := range paths {
		short = append(short, relative(path))
	}
	return short
}

func relative(path string) string {
	if rest, ours := strings.CutPrefix(path, module); ours {
		return "." + rest
	}
	return path
}

// below reports whether a package is in a folder; there is only one in the root.
func below(path, folder string) bool {
	return path == folder || folder != "." && strings.HasPrefix(path, folder+"/")
}

// isStandard tells the standard library by its first part, which is no domain.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func listPackages(t *testing.T) (packages []goPackage) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", "./...")
	cmd.Dir = filepath.Dir(repositoryPath(t, "go.mod"))
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatalf("read go list: %v", err)
		}
		packages = append(packages, p)
	}
}
