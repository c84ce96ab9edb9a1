// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

const (
	// platformPassword is what platforms log in with. It may never be in a log.
	platformPassword = "pw-5feceb66ffc86f38"
	// services is the namespace of what platforms order.
	services = "cloudify-services"
)

// broker is an operator that serves platforms too.
type broker struct {
	*operator
	platform
}

// startBroker is startOperator with the OSB endpoint.
func startBroker(t *testing.T, args ...string) *broker {
	t.Helper()
	return startBrokerWith(t, env.UserKubeconfigFile(t, install(t).user), args...)
}

// startBrokerWith is startBroker with a kubeconfig that leads to the API server in a way of its own.
func startBrokerWith(t *testing.T, kubeconfig string, args ...string) *broker {
	t.Helper()
	address, folder := testenv.FreeAddress(t), t.TempDir()
	for file, content := range map[string]string{"username": "platform", "password": platformPassword} {
		if err := os.WriteFile(filepath.Join(folder, file), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := startOperatorWith(t, kubeconfig,
		append([]string{"--osb-bind-address=" + address, "--osb-credentials-dir=" + folder, "--osb-insecure=http"}, args...)...)
	o.mustNotLog(platformPassword)
	return &broker{operator: o, platform: platform{url: "http://" + address}}
}

// platform is somebody who orders services at an endpoint.
type platform struct {
	url string
	// traceparent is sent with each request; empty: none is.
	traceparent string
}

// answer is what a platform gets.
type answer struct {
	Status int
	Header http.Header
	Text   string
	Body   map[string]any
}

// Word is a member of the answer that is a string, or nothing.
func (a answer) Word(member string) string {
	word, _ := a.Body[member].(string)
	return word
}

func (a answer) String() string { return fmt.Sprintf("%d %s", a.Status, a.Text) }

// patient is how long a platform waits for an answer.
var patient = &http.Client{Timeout: time.Minute}

// ask sends a request; body nil: without one. Every answer to a platform is a JSON object.
func (p platform) ask(method, path string, body any) (answer, error) {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return answer{}, err
		}
		content = bytes.NewReader(encoded)
	}
	r, err := http.NewRequest(method, p.url+"/v2/"+path, content)
	if err != nil {
		return answer{}, err
	}
	r.SetBasicAuth("platform", platformPassword)
	r.Header.Set("X-Broker-API-Version", "2.14")
	r.Header.Set("Content-Type", "application/json")
	if p.traceparent != "" {
		r.Header.Set("traceparent", p.traceparent)
	}
	got, err := patient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		return answer{}, err
	}
	a := answer{Status: got.StatusCode, Header: got.Header, Text: string(text)}
	if err := json.Unmarshal(text, &a.Body); err != nil {
		return a, fmt.Errorf("%s %s: %w: %s", method, path, err, text)
	}
	return a, nil
}
