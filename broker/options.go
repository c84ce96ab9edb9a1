// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"errors"
	"fmt"
	"net"
)

// Off as a bind address is an endpoint that is not served.
const Off = "0"

// Ways to leave a door open.
const (
	// InsecureHTTP serves without TLS, where a mesh or an ingress in front of the endpoint has it.
	InsecureHTTP = "http"
	// InsecureOpen serves everybody, without TLS and on a loopback address only.
	InsecureOpen = "open"
)

// DefaultMaxConnections is how many connections are open at once unless the options say otherwise: more than requests are
// served at once, and few enough for strangers who hold them all to cost little memory.
const DefaultMaxConnections = 500

// Options of the endpoint.
type Options struct {
	// BindAddress is where it is served, host:port; Off or empty: nowhere.
	BindAddress string
	// CertDir has tls.crt and tls.key.
	CertDir string
	// CredentialsDir has username and password, and in a rotation username-next and password-next. Empty: passwords are refused.
	CredentialsDir string
	// TokenAudience is the audience that tokens must carry. Empty: tokens are refused.
	TokenAudience string
	// Insecure is empty, InsecureHTTP or InsecureOpen.
	Insecure string
	// Namespace is where instances and bindings are.
	Namespace string
	// WatchNamespaces are those whose blueprints are offered; none: all. Namespace is one of them.
	WatchNamespaces []string
	// MaxConnections are open at once; zero: DefaultMaxConnections.
	MaxConnections int
}

func (o Options) off() bool { return o.BindAddress == "" || o.BindAddress == Off }

func (o Options) maxConnections() int {
	if o.MaxConnections == 0 {
		return DefaultMaxConnections
	}
	return o.MaxConnections
}

// Validate says why these options make no endpoint. One that is off needs none.
func (o Options) Validate() error {
	if o.off() {
		return nil
	}
	_, err := o.address()
	return err
}

// address is where to listen, if these options make an endpoint at all.
func (o Options) address() (*net.TCPAddr, error) {
	address, err := net.ResolveTCPAddr("tcp", o.BindAddress)
	if err != nil {
		return nil, fmt.Errorf("--osb-bind-address: %w", err)
	}
	switch {
	case o.Insecure != "" && o.Insecure != InsecureHTTP && o.Insecure != InsecureOpen:
		return nil, fmt.Errorf("--osb-insecure is %q: it must be %s or %s", o.Insecure, InsecureHTTP, InsecureOpen)
	case o.Insecure == InsecureOpen && !address.IP.IsLoopback():
		return nil, fmt.Errorf("--osb-insecure=%s needs a loopback address, such as 127.0.0.1:8090", InsecureOpen)
	case o.Insecure == "" && o.CertDir == "":
		return nil, fmt.Errorf("--osb-cert-dir is missing; where TLS ends elsewhere, set --osb-insecure=%s instead", InsecureHTTP)
	case o.Insecure != InsecureOpen && o.CredentialsDir == "" && o.TokenAudience == "":
		return nil, errors.New("set --osb-credentials-dir or --osb-token-audience: otherwise nobody can log in")
	case o.Namespace == "":
		return nil, errors.New("--osb-namespace is missing")
	case o.MaxConnections < 0:
		return nil, fmt.Errorf("--osb-max-connections is %d: it must be 1 or more", o.MaxConnections)
	}
	return address, nil
}
