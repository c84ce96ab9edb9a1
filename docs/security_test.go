// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// Every threat names at least one test that shows how it is met, and each test that is named exists.
func TestThreatsAreTested(t *testing.T) {
	g := NewWithT(t)
	_, threats, found := strings.Cut(read(t, "security.md"), "\n## Threats\n")
	g.Expect(found).To(BeTrue(), "the heading of the threats")
	threats, _, _ = strings.Cut(threats, "\n## ")

	rows := regexp.MustCompile(`(?m)^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$`).FindAllStringSubmatch(threats, -1)
	tests := declaredTests(t)
	count := 0
	for _, row := range rows {
		if row[1] == "threat" || row[1] == "---" {
			continue
		}
		count++
		named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(row[2], -1)
		g.Expect(named).NotTo(BeEmpty(), "tests of %q", row[1])
		for _, name := range named {
			g.Expect(tests).To(HaveKey(name[1]), "named for %q", row[1])
		}
	}
	g.Expect(count).To(Equal(strings.Count(threats, "\n| ")-2*strings.Count(threats, "\n| threat |")), "a row of another form")
}

// declaredTests are the names of all tests of the repository.
func declaredTests(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	NewWithT(t).Expect(filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "bin" || strings.HasPrefix(entry.Name(), ".") && path != ".."):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, test := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllSubmatch(text, -1) {
			tests[string(test[1])] = true
		}
		return err
	})).To(Succeed())
	return tests
}
