// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// response is a whole answer, made before a byte of it is sent: it may yet be lost.
type response struct {
	status  int
	header  http.Header
	body    []byte
	changed []string
	hung    bool // because the message broker is away
}

func (r *response) Error() string { return http.StatusText(r.status) }

func (r *response) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
}

func content(status int, contentType string, body []byte) *response {
	return &response{status: status, header: http.Header{"Content-Type": {contentType}}, body: body}
}

func answer(status int, value any) (*response, error) {
	body, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode answer: %w", err)
	}
	return content(status, "application/json", body), nil
}

func noContent() (*response, error) {
	return content(http.StatusNoContent, "application/json", nil), nil
}

// apiError is a refusal in the Manager's form.
type apiError struct {
	status        int
	code, message string
	more          map[string]any // members beside the usual ones
}

func (e *apiError) Error() string { return e.message }

func (e *apiError) response() *response {
	body := map[string]any{"error_code": e.code, "message": e.message, "server_traceback": nil}
	maps.Copy(body, e.more)
	r, err := answer(e.status, body)
	if err != nil {
		return htmlError(http.StatusInternalServerError)
	}
	return r
}

func refuse(status int, code, format string, args ...any) *apiError {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

func badParameters(format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, "bad_parameters_error", format, args...)
}

func conflict(format string, args ...any) *apiError {
	return refuse(http.StatusConflict, "conflict_error", format, args...)
}

func illegalAction(format string, args ...any) *apiError {
	return refuse(http.StatusBadRequest, "illegal_action_error", format, args...)
}

func notFound(kind, id string) *apiError {
	return refuse(http.StatusNotFound, "not_found_error", "Requested `%s` with ID `%s` was not found", kind, id)
}

func alreadyExists(kind, id string) *apiError {
	return conflict("<%s id=`%s` tenant=`%s`> already exists on <Tenant name=`%s`> or with global visibility",
		kind, id, tenantName, tenantName)
}

func internalError() *apiError {
	return refuse(http.StatusInternalServerError, "internal_server_error",
		"Internal error occurred in manager REST server - InternalServerError: 500 Internal Server Error: "+
			"The server encountered an internal error and was unable to complete your request. "+
			"Either the server is overloaded or there is an error in the application.")
}

// htmlPages are the words of the web framework under the REST service.
var htmlPages = map[int]string{
	http.StatusBadRequest: "The browser (or proxy) sent a request that this server could not understand.",
	http.StatusNotFound: "The requested URL was not found on the server. " +
		"If you entered the URL manually please check your spelling and try again.",
	http.StatusMethodNotAllowed:    "The method is not allowed for the requested URL.",
	http.StatusInternalServerError: "The server encountered an internal error.",
}

// htmlError is an error of the web framework: HTML, without a code.
func htmlError(status int) *response {
	title := http.StatusText(status)
	return content(status, "text/html; charset=utf-8", fmt.Appendf(nil,
		"<!doctype html>\n<html lang=en>\n<title>%d %s</title>\n<h1>%s</h1>\n<p>%s</p>\n", status, title, title, htmlPages[status]))
}

func methodNotAllowed(allowed []string) *response {
	r := htmlError(http.StatusMethodNotAllowed)
	r.header.Set("Allow", joinSorted(append(allowed, "OPTIONS")))
	return r
}

// frontError is an error of the web server before the REST service.
func frontError(status int) *response {
	title := http.StatusText(status)
	if status == http.StatusServiceUnavailable {
		title = "Service Temporarily Unavailable"
	}
	return content(status, "text/html", fmt.Appendf(nil, "<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n"+
		"<center><h1>%d %s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n", status, title, status, title))
}

func joinSorted(words []string) string {
	slices.Sort(words)
	return strings.Join(slices.Compact(words), ", ")
}
