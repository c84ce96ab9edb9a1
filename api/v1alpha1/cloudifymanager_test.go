// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1_test

import (
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

const managerSpec = `{endpoint: "https://manager.example.com", tenant: default_tenant, credentialsSecretRef: {name: manager}}`

func TestCloudifyManagerOnCreate(t *testing.T) {
	const (
		notAnEndpoint = "endpoint must be http(s)://host[:port] without user info, path, query or fragment"
		selector      = "selector is required when from is Selector, and forbidden otherwise"
	)
	onCreate(t, "CloudifyManager", managerSpec, []row{
		{"the least", `{}`, ""},
		{"everything", `{tls: {caRef: {kind: ConfigMap, name: ca, key: ca.pem}, serverName: m, allowHTTP: true}, blueprintNamespaces: {from: All}, archiveURLPrefixes: ["https://a.example.com/"]}`, ""},

		{"endpoint with a port", `{endpoint: "https://manager.example.com:8443"}`, ""},
		{"endpoint with a closing slash", `{endpoint: "https://manager.example.com/"}`, ""},
		{"endpoint at an IPv6 address", `{endpoint: "https://[2001:db8::1]:443"}`, ""},
		{"no endpoint", `{endpoint: null}`, "spec.endpoint: Required value"},
		{"empty endpoint", `{endpoint: ""}`, "spec.endpoint"},
		{"endpoint with a path", `{endpoint: "https://manager.example.com/api/v3.1"}`, notAnEndpoint},
		{"endpoint with a query", `{endpoint: "https://manager.example.com?a=b"}`, notAnEndpoint},
		{"endpoint with a fragment", `{endpoint: "https://manager.example.com#a"}`, notAnEndpoint},
		{"endpoint with user info", `{endpoint: "https://admin:admin@manager.example.com"}`, notAnEndpoint},
		{"endpoint with a space", `{endpoint: "https://manager example.com"}`, notAnEndpoint},
		{"endpoint without a scheme", `{endpoint: manager.example.com}`, notAnEndpoint},
		{"endpoint of another scheme", `{endpoint: "ftp://manager.example.com"}`, notAnEndpoint},
		{"endpoint without a host", `{endpoint: "https:///"}`, notAnEndpoint},
		{"endpoint too long", fmt.Sprintf(`{endpoint: "https://%s"}`, strings.Repeat("m", 2048)), "may not be more than 2048 bytes"},
		{"endpoint in clear", `{endpoint: "http://manager.example.com"}`, "an http:// endpoint sends credentials unencrypted: use https://, or set tls.allowHTTP"},
		{"endpoint in clear, tls without allowHTTP", `{endpoint: "http://manager.example.com", tls: {serverName: m}}`, "or set tls.allowHTTP"},
		{"endpoint in clear, not allowed", `{endpoint: "http://manager.example.com", tls: {allowHTTP: false}}`, "or set tls.allowHTTP"},
		{"endpoint in clear, allowed", `{endpoint: "http://manager.example.com", tls: {allowHTTP: true}}`, ""},

		{"no tenant", `{tenant: null}`, "spec.tenant: Required value"},
		{"empty tenant", `{tenant: ""}`, "spec.tenant"},
		{"tenant too long", fmt.Sprintf(`{tenant: %s}`, strings.Repeat("t", 257)), "may not be more than 256 bytes"},

		{"no credentials", `{credentialsSecretRef: null}`, "spec.credentialsSecretRef: Required value"},
		{"credentials without a name", `{credentialsSecretRef: {name: null}}`, "spec.credentialsSecretRef.name: Required value"},
		{"credentials of no name", `{credentialsSecretRef: {name: ""}}`, "spec.credentialsSecretRef.name"},
		{"credentials elsewhere", `{credentialsSecretRef: {namespace: shop}}`, `unknown field "spec.credentialsSecretRef.namespace"`},

		{"authorities in a Secret", `{tls: {caRef: {kind: Secret, name: ca}}}`, ""},
		{"authorities in a file", `{tls: {caRef: {kind: File, name: ca}}}`, `supported values: "ConfigMap", "Secret"`},
		{"authorities without a kind", `{tls: {caRef: {name: ca}}}`, "spec.tls.caRef.kind: Required value"},
		{"authorities without a name", `{tls: {caRef: {kind: Secret}}}`, "spec.tls.caRef.name: Required value"},
		{"any certificate", `{tls: {insecureSkipVerify: true}}`, ""},
		{"any certificate and authorities", `{tls: {insecureSkipVerify: true, caRef: {kind: Secret, name: ca}}}`, "caRef has no effect with insecureSkipVerify: remove one of them"},

		{"blueprints of the operator", `{blueprintNamespaces: {from: Operator}}`, ""},
		{"blueprints of chosen namespaces", `{blueprintNamespaces: {from: Selector, selector: {matchLabels: {a: b}}}}`, ""},
		{"blueprints of the same namespace", `{blueprintNamespaces: {from: Same}}`, `supported values: "Operator", "All", "Selector"`},
		{"blueprints of nobody said", `{blueprintNamespaces: {selector: {}}}`, "spec.blueprintNamespaces.from: Required value"},
		{"selector with an operator that is none", `{blueprintNamespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: Is}]}}}`, "matchExpressions need an operator"},
		{"Selector without a selector", `{blueprintNamespaces: {from: Selector}}`, selector},
		{"selector beside All", `{blueprintNamespaces: {from: All, selector: {}}}`, selector},

		{"a rate limit", `{rateLimit: {inFlight: 4, qps: 10, burst: 20}}`, ""},
		{"a rate limit of nothing", `{rateLimit: {}}`, "at least 1 properties"},
		{"a rate limit that lets nothing through", `{rateLimit: {inFlight: 0}}`, "spec.rateLimit.inFlight"},
		{"a rate that lets nothing through", `{rateLimit: {qps: 0}}`, "spec.rateLimit.qps"},
		{"too much at a time", `{rateLimit: {inFlight: 257}}`, "spec.rateLimit.inFlight"},
		{"a burst without a rate", `{rateLimit: {burst: 5}}`, "set qps, or remove burst"},
		{"prefix with a path", `{archiveURLPrefixes: ["https://a.example.com/blueprints/", "http://b.example.com:8080/"]}`, ""},
		{"prefix that ends in the host", `{archiveURLPrefixes: ["https://a.example.com"]}`, "spec.archiveURLPrefixes[0]"},
		{"prefix that ends in a name", `{archiveURLPrefixes: ["https://a.example.com/blue"]}`, "spec.archiveURLPrefixes[0]"},
		{"prefix with user info", `{archiveURLPrefixes: ["https://a@b.example.com/"]}`, "spec.archiveURLPrefixes[0]"},
		{"prefix with a query", `{archiveURLPrefixes: ["https://a.example.com/?b=/"]}`, "spec.archiveURLPrefixes[0]"},
		{"prefix of files", `{archiveURLPrefixes: ["file:///etc/"]}`, "spec.archiveURLPrefixes[0]"},
		{"prefix twice", `{archiveURLPrefixes: ["https://a.example.com/", "https://a.example.com/"]}`, "Duplicate value"},
	})
}

func TestCloudifyManagerOnUpdate(t *testing.T) {
	onUpdate(t, "CloudifyManager", managerSpec, []row{
		{"the tenant", `{tenant: other}`, "tenant is immutable: create another CloudifyManager instead"},
		{"the endpoint", `{endpoint: "https://other.example.com"}`, ""},
		{"the endpoint to one in clear", `{endpoint: "http://other.example.com"}`, "or set tls.allowHTTP"},
		{"the credentials", `{credentialsSecretRef: {name: other}}`, ""},
		{"who may use it", `{blueprintNamespaces: {from: All}}`, ""},
	})
}

func TestCloudifyManagerName(t *testing.T) {
	for length, refusal := range map[int]string{63: "", 64: "the name of a CloudifyManager must have at most 63 characters"} {
		o := object(t, "CloudifyManager", managerSpec)
		o.SetName(strings.Repeat("m", length))
		answers(t, refusal, env.Client.Create(t.Context(), o, client.DryRunAll))
	}
}
