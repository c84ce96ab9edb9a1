// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Files of the folder of credentials. The second pair is for a rotation: both are valid until it moves to the place of the
// first. Without a second name the second password is for the same one.
const (
	usernameFile     = "username"
	passwordFile     = "password"
	nextUsernameFile = "username-next"
	nextPasswordFile = "password-next"
)

// rereadInterval is how old what is known of the folder may be.
const rereadInterval = time.Second

// passwords are the credentials in a folder, as a mounted Secret is one. They are read again when they are asked for.
type passwords struct {
	folder string

	mu    sync.Mutex
	read  time.Time
	pairs []pair
	err   error
}

// pair is a name and a password, as digests: comparing these takes the same time whatever they are.
type pair struct{ name, password [sha256.Size]byte }

// accept reports whether a name and password are right.
func (p *passwords) accept(name, password string) bool {
	given, right := newPair(name, password), 0
	pairs, _ := p.current() // none when they cannot be read
	for _, known := range pairs {
		right |= subtle.ConstantTimeCompare(given.name[:], known.name[:]) & subtle.ConstantTimeCompare(given.password[:], known.password[:])
	}
	return right == 1
}

// usable is why no password could be right now.
func (p *passwords) usable() error {
	_, err := p.current()
	return err
}

func (p *passwords) current() ([]pair, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.read) > rereadInterval {
		p.pairs, p.err = readPairs(p.folder)
		p.read = time.Now()
	}
	return p.pairs, p.err
}

// readPairs reads a folder. The files of a mounted Secret are behind a link that changes for all of them at once, so it is
// followed once.
func readPairs(folder string) ([]pair, error) {
	if data, err := filepath.EvalSymlinks(filepath.Join(folder, "..data")); err == nil {
		folder = data
	}
	name, err := readCredential(folder, usernameFile)
	if err != nil {
		return nil, err
	}
	password, err := readCredential(folder, passwordFile)
	if err != nil {
		return nil, err
	}
	pairs := []pair{newPair(name, password)}
	next, err := readCredential(folder, nextPasswordFile)
	if errors.Is(err, fs.ErrNotExist) {
		return pairs, nil
	} else if err != nil {
		return nil, err
	}
	if other, err := readCredential(folder, nextUsernameFile); err == nil {
		name = other
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return append(pairs, newPair(name, next)), nil
}

// readCredential reads a file; the line break that an editor puts at the end does not count.
func readCredential(folder, file string) (string, error) {
	content, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		return "", fmt.Errorf("read the credentials of the OSB endpoint: %w", err)
	}
	text := strings.TrimRight(string(content), "\r\n")
	if text == "" {
		return "", fmt.Errorf("read the credentials of the OSB endpoint: %s is empty", filepath.Join(folder, file))
	}
	return text, nil
}

func newPair(name, password string) pair {
	return pair{name: sha256.Sum256([]byte(name)), password: sha256.Sum256([]byte(password))}
}
