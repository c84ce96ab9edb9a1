// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

var predicates = map[string]func(error) bool{
	"IsNotFound": IsNotFound, "IsConflict": IsConflict, "IsBusy": IsBusy, "IsUnauthorized": IsUnauthorized,
	"IsForbidden": IsForbidden, "IsMaintenance": IsMaintenance, "IsThrottled": IsThrottled,
	"IsDependentExists": IsDependentExists, "IsCreationFailed": IsCreationFailed, "IsInvalid": IsInvalid,
	"IsUnavailableWorkflow": IsUnavailableWorkflow, "IsIllegalAction": IsIllegalAction, "IsUnknownField": IsUnknownField,
	"IsMissingPrerequisite": IsMissingPrerequisite,
	"IsForeign":             IsForeign,
	"IsUnreachable":         IsUnreachable, "IsCertificateError": IsCertificateError, "IsUnsupported": IsUnsupported,
}

// holding names the predicates that hold for err.
func holding(err error) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(predicates)) {
		if predicates[name](fmt.Errorf("wrapped: %w", err)) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// Refusals as a real Manager and its front gave them.
func TestRecordedRefusals(t *testing.T) {
	var rows []struct {
		Name, Method, Path, ContentType, Body, Predicate string
		Status                                           int
	}
	if err := json.Unmarshal(answer(t, "refusals.json"), &rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.Name, func(t *testing.T) {
			g := NewWithT(t)
			client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", row.ContentType)
				w.WriteHeader(row.Status)
				_, _ = io.WriteString(w, row.Body)
			})
			err := client.do(t.Context(), call{method: row.Method, route: row.Path}, nil)
			g.Expect(holding(err)).To(Equal(row.Predicate), "%v", err)

			refusal, ok := errors.AsType[*Error](err)
			g.Expect(ok).To(BeTrue())
			g.Expect(refusal.Op).To(Equal(row.Method + " " + row.Path))
			g.Expect(refusal.StatusCode).To(Equal(row.Status))
			var recorded struct {
				Message string
				Code    string `json:"error_code"`
			}
			if json.Unmarshal([]byte(row.Body), &recorded) == nil {
				g.Expect(refusal.Code).To(Equal(recorded.Code))
				g.Expect(refusal.Message).To(Equal(recorded.Message))
				g.Expect(err.Error()).To(HavePrefix(refusal.Op + ": "))
			} else {
				g.Expect(err.Error()).To(HavePrefix(fmt.Sprintf("%s: HTTP %d from %s without a Cloudify error body", refusal.Op, row.Status, client.host)))
			}
		})
	}
}

// Every code of the table, by the request it answers and what it asks for.
func TestCodes(t *testing.T) {
	covered := map[string]bool{}
	for _, row := range []struct {
		requests  string // several, separated by commas
		status    int
		codes     string
		predicate string
	}{
		{"GET deployments/d, DELETE blueprints/b", 404, "not_found_error", "IsNotFound"},
		{"PUT deployments/d", 409, "conflict_error", "IsConflict"},
		{"POST executions", 400, "existing_running_execution_error global_parallel_running_executions_limit_reached_error", "IsBusy"},
		{"POST executions", 400, "deployment_environment_creation_pending_error deployment_environment_creation_in_progress_error", "IsBusy"},
		{"POST executions", 400, "existing_started_deployment_modification_error", "IsBusy"},
		{"POST executions", 403, "forbidden_while_cancelling", "IsBusy"},
		{"DELETE blueprints/b", 400, "invalid_blueprint_error", "IsBusy"},
		{"POST executions, PUT deployments/d", 503, "entering_maintenance_mode", "IsBusy"},
		{"GET version", 401, "unauthorized_error application_not_secured_error no_token_generator_error", "IsUnauthorized"},
		{"PUT deployments/d", 403, "forbidden_error", "IsForbidden"},
		{"GET blueprints", 503, "maintenance_mode_active in_snapshot_restore_error", "IsMaintenance"},
		{"DELETE deployments/d", 400, "dependent_exists_error", "IsDependentExists"},
		{"DELETE blueprints/b", 405, "blueprint_in_use", "IsDependentExists"},
		{"PUT deployments/d, POST executions", 400, "deployment_creation_error", "IsCreationFailed"},
		{"PUT deployments/d", 400, "invalid_blueprint_error", "IsCreationFailed"},
		{"POST executions", 400, "unavailable_workflow_error", "IsUnavailableWorkflow"},
		{"POST executions/e", 400, "illegal_action_error", "IsIllegalAction"},
		{"PUT deployments/d", 400, "missing_required_deployment_input_error unknown_deployment_input_error", "IsInvalid"},
		{"PUT deployments/d", 400, "deployment_input_evaluation_error constraint_error", "IsInvalid"},
		{"POST executions", 400, "illegal_execution_parameters_error nonexistent_workflow_error", "IsInvalid"},
		{"PUT blueprints/b", 400, "invalid_blueprint_error invalid_yaml_format param_url_not_found_error upload_missing_file", "IsInvalid"},
		{"PUT deployments/d, PATCH deployments/d, PUT blueprints/b, POST executions", 400, "bad_parameters_error", "IsInvalid"},
		{"POST executions", 415, "unsupported_content_type_error", "IsInvalid"},
		{"POST deployment-updates/d/update/initiate", 400, "unsupported_change_in_deployment_update", "IsInvalid"},
		{"POST searches/deployments", 400, "invalid_filter_rule", "IsInvalid"},
		{"PATCH deployments/d", 403, "only_deployment_update", "IsInvalid"},
		{"GET deployments", 400, "no_such_include_field_error", "IsUnknownField"},
		{"GET blueprints, GET deployments, GET executions, GET node-instances, GET events", 400, "bad_parameters_error", "IsUnknownField"},
		{"GET blueprints", 400, "missing_cloudify_license expired_cloudify_license unverified_cloudify_license", ""},
		{"PUT deployments/d", 412, "deployment_plugin_not_found", "IsMissingPrerequisite"},
		{"PUT deployments/d", 400, "invalid_plugin_error plugin_installation_error plugin_installation_timeout", "IsMissingPrerequisite"},
		{"PUT deployments/d", 400, "unknown_deployment_secret_error", "IsMissingPrerequisite"},
		{"GET deployments/d/outputs", 400, "functions_evaluation_error deployment_outputs_evaluation_error deployment_capabilities_evaluation_error", "IsMissingPrerequisite"},
		{"PUT deployments/d", 404, "deployment_parent_not_found_error", "IsMissingPrerequisite"},
		{"PUT blueprints/b", 404, "imported_blueprint_not_found", "IsMissingPrerequisite"},
		{"PUT users", 404, "missing_premium_package_error", "IsMissingPrerequisite"},

		// What is not known is nothing in particular, so it is tried again.
		{"PUT deployments/d", 400, "a_code_to_come", ""},
		{"PUT deployments/d", 500, "internal_server_error", ""},
		{"GET deployments", 503, "insufficient_memory_error file_sync_service_error", ""},
	} {
		for request := range strings.SplitSeq(row.requests, ", ") {
			for code := range strings.FieldsSeq(row.codes) {
				NewWithT(t).Expect(holding(&Error{Op: request, StatusCode: row.status, Code: code})).To(Equal(row.predicate), "%s: %s", request, code)
				method, path, _ := strings.Cut(request, " ")
				resource, _, _ := strings.Cut(path, "/")
				exception := method + " " + resource + " " + code
				if _, ok := exceptions[exception]; ok {
					covered[exception] = true
				} else {
					covered[code] = true
				}
			}
		}
	}
	for _, key := range slices.Concat(slices.Collect(maps.Keys(codes)), slices.Collect(maps.Keys(exceptions))) {
		NewWithT(t).Expect(covered).To(HaveKey(key), "a row for it is missing above")
	}
}

func TestAnswersWithoutACode(t *testing.T) {
	for _, row := range []struct {
		status    int
		body      string
		predicate string
		message   string
	}{
		{200, "<html>welcome</html>", "IsForeign", "HTTP 200 from HOST is not the answer of a Cloudify Manager"},
		{200, `{"id": 1}`, "IsForeign", "HTTP 200 from HOST is not the answer of a Cloudify Manager"},
		{401, "<html>", "IsForeign", "HTTP 401 from HOST without a Cloudify error body"},
		{403, "<html>", "IsForeign", "HTTP 403 from HOST without a Cloudify error body"},
		{404, "<html>", "", "HTTP 404 from HOST without a Cloudify error body"},
		{404, `{"message": "The requested URL was not found"}`, "", "The requested URL was not found"},
		{404, `{"detail": "Not Found"}`, "", "Not Found"},
		{400, `{"message": {"id": "bad"}, "error_code": "bad_parameters_error"}`, "IsUnknownField", "HTTP 400 from HOST without a Cloudify error body"},
		{400, `["x"]`, "", "HTTP 400 from HOST without a Cloudify error body"},
		{302, "<html>", "IsForeign", "HTTP 302 from HOST without a Cloudify error body"},
		{410, "<html>", "IsForeign", "HTTP 410 from HOST without a Cloudify error body"},
		{401, `{"message": "Unauthorized", "kind": "Status"}`, "IsForeign", `HTTP 401 from HOST without a Cloudify error body (saying "Unauthorized")`},
		{403, `{"message": "Forbidden"}`, "IsForeign", `HTTP 403 from HOST without a Cloudify error body (saying "Forbidden")`},
		{413, "<html>", "IsInvalid", "HTTP 413 from HOST without a Cloudify error body"},
		{429, "", "IsThrottled", "HTTP 429 from HOST without a Cloudify error body"},
		{500, "", "", "HTTP 500 from HOST without a Cloudify error body"},
		{502, "<html>", "IsUnreachable", "HTTP 502 from HOST without a Cloudify error body"},
		{503, "<html>", "IsUnreachable", "HTTP 503 from HOST without a Cloudify error body"},
		{504, "<html>", "IsUnreachable", "HTTP 504 from HOST without a Cloudify error body"},
	} {
		g := NewWithT(t)
		client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(row.status)
			_, _ = io.WriteString(w, row.body)
		})
		_, err := client.GetDeployment(t.Context(), "d")
		refusal, ok := errors.AsType[*Error](err)
		g.Expect(ok).To(BeTrue(), "%v", err)
		g.Expect(refusal.Message).To(Equal(strings.ReplaceAll(row.message, "HOST", client.host)))
		g.Expect(holding(err)).To(Equal(row.predicate), "%d %s", row.status, row.body)
	}
}

func TestLastLine(t *testing.T) {
	for text, want := range map[string]string{
		"":               "",
		" plain \n":      "plain",
		"two\n  lines\n": "two\n  lines",
		"Traceback (most recent call last):\n  File \"x\", line 1\nValueError: bad\n\n":                                                               "ValueError: bad",
		"'scale' workflow execution failed: File \"x.py\", line 691, in scale_entity\n  raise ValueError(\"No {0}\".format(\nValueError: No nosuch\n": "ValueError: No nosuch",
		"the File \"x\" is missing\nin line 3": "the File \"x\" is missing\nin line 3",
		strings.Repeat("a", maxMessage+1):      strings.Repeat("a", maxMessage) + "…",
		strings.Repeat("ä", maxMessage):        strings.Repeat("ä", maxMessage/2) + "…",
		"a" + strings.Repeat("ä", maxMessage):  "a" + strings.Repeat("ä", maxMessage/2-1) + "…",
	} {
		NewWithT(t).Expect(LastLine(text)).To(Equal(want))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	g := NewWithT(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the redirect was followed")
	}))
	t.Cleanup(elsewhere.Close)
	client := serve(t, Release{}, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+"/login?token=hunter2", http.StatusTemporaryRedirect)
	})
	_, err := client.StartExecution(t.Context(), NewExecution{DeploymentID: "d", WorkflowID: "install"})
	g.Expect(err).To(MatchError("POST executions: " + client.host + " redirects to " + elsewhere.URL + ": use the final address as the endpoint"))
}

func TestNoConnection(t *testing.T) {
	g := NewWithT(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(listener.Close()).To(Succeed())
	client := connect(t, Config{Endpoint: "http://" + listener.Addr().String()})
	client.release.Store(&Release{7, 1, 0})

	_, err = client.UploadBlueprint(t.Context(), "b", Upload{ArchiveURL: "https://example.com/?token=hunter2"})
	g.Expect(holding(err)).To(Equal("IsUnreachable"))
	g.Expect(err).To(MatchError(And(ContainSubstring("PUT blueprints/b"), ContainSubstring("connection refused"))))
	g.Expect(err).NotTo(MatchError(ContainSubstring("hunter2")))
}

// A change whose answer is lost may have been made.
func TestLostAnswer(t *testing.T) {
	for name, begin := range map[string]string{"nothing": "", "half a body": "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"id\": "} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			client := serve(t, Release{}, func(w http.ResponseWriter, _ *http.Request) {
				connection, _, err := w.(http.Hijacker).Hijack()
				g.Expect(err).NotTo(HaveOccurred())
				_, _ = io.WriteString(connection, begin)
				_ = connection.Close()
			})
			_, err := client.StartExecution(t.Context(), NewExecution{DeploymentID: "d", WorkflowID: "install", Parameters: map[string]any{"p": "hunter2"}})
			g.Expect(holding(err)).To(Equal("IsUnreachable"), "%v", err)
			g.Expect(err).NotTo(MatchError(ContainSubstring("hunter2")))
		})
	}
}

func TestNoAnswerInTime(t *testing.T) {
	for name, begin := range map[string]string{"nothing": "", "half a body": `{"id": `} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if begin != "" {
					_, _ = io.WriteString(w, begin)
					w.(http.Flusher).Flush()
				}
				<-r.Context().Done()
			}))
			t.Cleanup(server.Close)
			client := connect(t, Config{Endpoint: server.URL, Timeout: 50 * time.Millisecond})
			_, err := client.GetExecution(t.Context(), "e")
			g.Expect(holding(err)).To(Equal("IsUnreachable"), "%v", err)
			g.Expect(err).To(MatchError(ContainSubstring("no answer within 50ms")))
		})
	}
}

// A caller who leaves has learned nothing about the Manager.
func TestCallerLeaves(t *testing.T) {
	g := NewWithT(t)
	ctx, leave := context.WithCancelCause(t.Context())
	client := serve(t, Release{}, func(_ http.ResponseWriter, r *http.Request) {
		leave(errors.New("shutting down"))
		<-r.Context().Done()
	})
	_, err := client.GetExecution(ctx, "e")
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(holding(err)).To(BeEmpty())
}

func TestCertificates(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"edition": "community", "version": "7.1.0"}`)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the point
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for _, row := range []struct {
		name   string
		config Config
		holds  string
	}{
		{"unknown authority", Config{}, "IsCertificateError IsUnreachable"},
		{"known authority", Config{CA: ca}, ""},
		{"another name that it has", Config{CA: ca, ServerName: "example.com"}, ""},
		{"a name that it has not", Config{CA: ca, ServerName: "manager.invalid"}, "IsCertificateError IsUnreachable"},
		{"unverified", Config{InsecureSkipVerify: true}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.config.Endpoint = server.URL
			_, err := connect(t, row.config).GetVersion(t.Context())
			NewWithT(t).Expect(holding(err)).To(Equal(row.holds), "%v", err)
		})
	}
	t.Run("HTTP on an HTTPS port", func(t *testing.T) {
		_, err := connect(t, Config{Endpoint: strings.Replace(server.URL, "https", "http", 1)}).GetVersion(t.Context())
		NewWithT(t).Expect(err).To(HaveOccurred())
	})
}

func TestUnsupported(t *testing.T) {
	old := func(_ http.ResponseWriter, r *http.Request) { t.Errorf("sent: %s %s", r.Method, r.RequestURI) }
	name := "x"
	for says, request := range map[string]func(*Client) error{
		"deployment labels": func(c *Client) error {
			return c.PatchDeployment(t.Context(), "d", DeploymentPatch{Labels: &LabelSet{}})
		},
		"deployment display names": func(c *Client) error {
			return c.PatchDeployment(t.Context(), "d", DeploymentPatch{DisplayName: &name})
		},
		"blueprint states": func(c *Client) error {
			_, err := c.ListBlueprints(t.Context(), BlueprintFilter{States: []string{"uploaded"}})
			return err
		},
		"updating a deployment": func(c *Client) error {
			_, err := c.StartUpdate(t.Context(), "d", Update{BlueprintID: "b"})
			return err
		},
		"previewing an update": func(c *Client) error {
			_, err := c.PreviewUpdate(t.Context(), "d", Update{BlueprintID: "b"})
			return err
		},
	} {
		err := request(serve(t, Release{4, 3, 0}, old))
		NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring("release 4.3.0"), ContainSubstring(says))))
		NewWithT(t).Expect(holding(err)).To(Equal("IsUnsupported"))
	}
	capabilities, err := serve(t, Release{4, 3, 0}, old).GetCapabilities(t.Context(), "d")
	NewWithT(t).Expect(capabilities, err).To(BeEmpty())
}

// What was not sent, or refused, came to nothing; of all else nobody knows.
func TestWhatCameToNothing(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	for _, row := range []struct {
		name            string
		handle          http.HandlerFunc
		endpoint        string
		unsent, refused bool
	}{
		{name: "no connection", endpoint: "http://" + closed.Addr().String(), unsent: true},
		{name: "a connection that breaks", handle: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		{name: "refused", handle: status(http.StatusForbidden), refused: true},
		{name: "throttled", handle: status(http.StatusTooManyRequests), refused: true},
		{name: "not read in time", handle: status(http.StatusRequestTimeout)},
		{name: "failed", handle: status(http.StatusInternalServerError)},
		{name: "failed at a gateway", handle: status(http.StatusBadGateway)},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			client := serve(t, Release{}, row.handle)
			if row.endpoint != "" {
				client = connect(t, Config{Endpoint: row.endpoint})
			}
			_, err := client.StartExecution(t.Context(), NewExecution{DeploymentID: "d", WorkflowID: "backup"})
			g.Expect(err).To(HaveOccurred())
			g.Expect(IsUnsent(err)).To(Equal(row.unsent))
			g.Expect(IsRefusal(err)).To(Equal(row.refused))
		})
	}
	g := NewWithT(t)
	g.Expect(IsUnsent(fmt.Errorf("POST: %w", permitError{error: errors.New("another leads")}))).To(BeTrue())
	g.Expect(IsUnsent(fmt.Errorf("POST: %w", permitError{errors.New("another leads"), true}))).To(BeFalse(), "its answer was given up")
	g.Expect(IsUnsent(abandonedError{cause: errClosed})).To(BeTrue())
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}
