// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import "sync"

// stock are the names of objects that clients make and take away, at the same time.
type stock struct {
	mu    sync.Mutex
	names []string
	// all were ever put in since the last empty.
	all []string
}

func (s *stock) put(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names, s.all = append(s.names, name), append(s.all, name)
}

// take returns one that nobody else gets.
func (s *stock) take() (name string, some bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.names) == 0 {
		return "", false
	}
	name, s.names = s.names[0], s.names[1:]
	return name, true
}

// empty returns all that were put in, and those of them that nobody took.
func (s *stock) empty() (all, left []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, left = s.all, s.names
	s.all, s.names = nil, nil
	return all, left
}
