// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// The walk through the code has ten stops, and every function that it names is declared in the file that it names with it.
func TestContributingNamesFunctions(t *testing.T) {
	g := NewWithT(t)
	_, walk, found := strings.Cut(read(t, "../CONTRIBUTING.md"), "\n## Follow one kubectl apply through the code\n")
	g.Expect(found).To(BeTrue(), "the heading of the walk")
	walk, _, _ = strings.Cut(walk, "\n## ")

	g.Expect(regexp.MustCompile("(?m)^\\d+\\. `[\\w.]+` in `").FindAllString(walk, -1)).To(HaveLen(10), "stops that begin with a function")
	named := regexp.MustCompile("`([\\w.]+)` in\\s+`([\\w./]+\\.go)`").FindAllStringSubmatch(walk, -1)
	g.Expect(len(named)).To(BeNumerically(">=", 10), "functions named with their file")
	for _, name := range named {
		g.Expect(functions(t, "../"+name[2])).To(ContainElement(name[1]), "functions of %s", name[2])
	}
}

// Every file and folder that the table of decisions names is there.
func TestContributingNamesPlaces(t *testing.T) {
	g := NewWithT(t)
	_, table, found := strings.Cut(read(t, "../CONTRIBUTING.md"), "\n## Where does my change go?\n")
	g.Expect(found).To(BeTrue(), "the heading of the table")
	table, _, _ = strings.Cut(table, "\n## ")

	named := regexp.MustCompile("`((?:api|broker|config|controllers|docs|hack|internal)/[\\w./-]+)`").FindAllStringSubmatch(table, -1)
	g.Expect(len(named)).To(BeNumerically(">", 30), "files and folders found")
	for _, name := range named {
		_, err := os.Stat("../" + name[1])
		g.Expect(err).NotTo(HaveOccurred(), "named in the table")
	}
}

// functions are the names of what a file declares: a function by its name, a method behind the type that has it.
func functions(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	for _, declaration := range file.Decls {
		function, ok := declaration.(*ast.FuncDecl)
		if !ok {
			continue
		}
		name := function.Name.Name
		if function.Recv != nil {
			name = receiver(function.Recv.List[0].Type) + "." + name
		}
		names = append(names, name)
	}
	return names
}

// receiver is the name of a method's type, without a pointer or type parameters.
func receiver(of ast.Expr) string {
	switch of := of.(type) {
	case *ast.StarExpr:
		return receiver(of.X)
	case *ast.IndexExpr:
		return receiver(of.X)
	case *ast.IndexListExpr:
		return receiver(of.X)
	case *ast.Ident:
		return of.Name
	default:
		return ""
	}
}
