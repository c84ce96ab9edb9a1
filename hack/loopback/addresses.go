// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// The range of ports that are chosen from. It is below that of ephemeral ports, so that nothing else takes one before its owner
// listens, or while its owner is down.
const lowest, highest = 10000, 29999

var (
	mu    sync.Mutex
	given = map[int]bool{}
)

// Addresses sets each of these to an address where nobody listens. A process is given none twice.
func Addresses(into ...*string) error {
	mu.Lock()
	defer mu.Unlock()
	for _, address := range into {
		var err error
		if *address, err = free(); err != nil {
			return err
		}
	}
	return nil
}

// free is called with mu held.
func free() (string, error) {
	for range 100 {
		port := lowest + rand.IntN(highest-lowest+1)
		if given[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		given[port] = true
		return listener.Addr().String(), listener.Close()
	}
	return "", fmt.Errorf("no free port between %d and %d", lowest, highest)
}
