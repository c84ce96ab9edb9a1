// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command curl stands in for curl where it is not installed: it knows the options that the demo and the documents use.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// What curl exits with.
const (
	exitUsage   = 2
	exitFailed  = 1
	exitRefused = 22
)

// options of a request, by the long names that curl has for them.
type options struct {
	url, method, data, user, cacert, output, writeOut string
	headers                                           []string
	fail                                              bool
}

func main() {
	var o options
	err := o.parse(os.Args[1:])
	if err != nil {
		exit(exitUsage, err)
	}
	status, err := o.run(os.Stdout)
	switch {
	case err != nil:
		exit(exitFailed, err)
	case o.fail && status >= http.StatusBadRequest:
		exit(exitRefused, fmt.Errorf("the answer is %d", status))
	}
}

func exit(code int, err error) {
	fmt.Fprintln(os.Stderr, "curl:", err)
	os.Exit(code)
}

// short are the short names of options.
var short = map[string]string{
	"-K": "config", "-X": "request", "-d": "data", "-o": "output", "-w": "write-out", "-u": "user", "-H": "header", "-s": "silent", "-f": "fail",
}

// parse reads arguments.
func (o *options) parse(args []string) error {
	for len(args) > 0 {
		name, long := strings.CutPrefix(args[0], "--")
		if alias, known := short[args[0]]; known {
			name, long = alias, true
		}
		rest := args[1:]
		switch {
		case !long && !strings.HasPrefix(name, "-"):
			o.url = name
		case o.flag(name):
		case len(rest) == 0:
			return fmt.Errorf("%s has no value", args[0])
		default:
			if err := o.set(name, rest[0]); err != nil {
				return err
			}
			rest = rest[1:]
		}
		args = rest
	}
	if o.url == "" {
		return errors.New("there is no URL")
	}
	return nil
}

// flag sets an option without a value, if name is one.
func (o *options) flag(name string) bool {
	switch name {
	case "silent":
	case "fail":
		o.fail = true
	default:
		return false
	}
	return true
}

func (o *options) set(name, value string) error {
	switch name {
	case "config":
		return o.configure(value)
	case "request":
		o.method = value
	case "data":
		o.data = value
	case "output":
		o.output = value
	case "write-out":
		o.writeOut = value
	case "user":
		o.user = value
	case "cacert":
		o.cacert = value
	case "header":
		o.headers = append(o.headers, value)
	default:
		return fmt.Errorf("this stand-in for curl has no option %s: install curl", name)
	}
	return nil
}

// configure reads options from a file: a line each, with a value behind an equals sign, in quotes or not.
func (o *options) configure(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if name == "" || o.flag(name) {
			continue
		}
		if unquoted, err := strconv.Unquote(value); err == nil {
			value = unquoted
		}
		if err := o.set(name, value); err != nil {
			return err
		}
	}
	return lines.Err()
}

// run sends the request, writes its answer and returns its status.
func (o *options) run(stdout io.Writer) (status int, err error) {
	request, err := o.request()
	if err != nil {
		return 0, err
	}
	client, err := o.client()
	if err != nil {
		return 0, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	switch {
	case o.fail && response.StatusCode >= http.StatusBadRequest:
	case o.output != "":
		err = os.WriteFile(o.output, body, 0o600)
	default:
		_, err = stdout.Write(body)
	}
	if err != nil {
		return 0, err
	}
	_, err = io.WriteString(stdout, strings.NewReplacer("%{http_code}", strconv.Itoa(response.StatusCode), `\n`, "\n").Replace(o.writeOut))
	return response.StatusCode, err
}

func (o *options) request() (*http.Request, error) {
	method := o.method
	if method == "" && o.data != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequest(method, o.url, strings.NewReader(o.data))
	if err != nil {
		return nil, err
	}
	if name, password, found := strings.Cut(o.user, ":"); found {
		request.SetBasicAuth(name, password)
	}
	for _, header := range o.headers {
		name, value, _ := strings.Cut(header, ":")
		request.Header.Set(name, strings.TrimSpace(value))
	}
	return request, nil
}

func (o *options) client() (*http.Client, error) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}
	if o.cacert != "" {
		pem, err := os.ReadFile(o.cacert)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig.RootCAs = x509.NewCertPool()
		if !transport.TLSClientConfig.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s has no certificate", o.cacert)
		}
	}
	return &http.Client{Transport: transport, Timeout: 2 * time.Minute}, nil
}
