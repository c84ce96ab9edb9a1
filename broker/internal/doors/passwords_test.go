// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

// newPasswords writes a folder of credentials.
func newPasswords(t testing.TB, files map[string]string) *passwords {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return &passwords{folder: folder}
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
