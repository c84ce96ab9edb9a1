// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"bytes"
	"cmp"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"
)

// upload is what a client asks with PUT blueprints: in the query, or in a multipart form whose
// part params wins.
type upload struct {
	archive                   []byte
	url, mainFile, visibility string
	labels                    []label
	async, queryLabels        bool
}

func readUpload(r *request) (upload, error) {
	query := r.URL.Query()
	ask := upload{
		url: query.Get("blueprint_archive_url"), mainFile: query.Get("application_file_name"), visibility: query.Get("visibility"),
		async: r.flag("async_upload"), queryLabels: query.Get("labels") != "", archive: r.body,
	}
	if r.sim.profile.has(takesAnyAsync) {
		ask.async = query.Get("async_upload") != "" // whatever is there counts as true
	}
	if mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && mediaType == "multipart/form-data" {
		if err := ask.readForm(r.body, parameters["boundary"]); err != nil {
			return ask, err
		}
	}
	ask.visibility = cmp.Or(ask.visibility, "tenant")
	if err := checkVisibility(ask.visibility); err != nil {
		return ask, err
	}
	if ask.url != "" && len(ask.archive) > 0 {
		return ask, badParameters("Can pass blueprint as only one of: URL via query parameters, multi-form or chunked.")
	}
	if ask.queryLabels {
		return ask, internalError()
	}
	return ask, nil
}

func (ask *upload) readForm(body []byte, boundary string) error {
	form, err := multipart.NewReader(bytes.NewReader(body), boundary).ReadForm(maxBody)
	if err != nil {
		return htmlError(http.StatusBadRequest)
	}
	defer func() { _ = form.RemoveAll() }()
	ask.archive = nil
	if files := form.File["blueprint_archive"]; len(files) > 0 {
		file, err := files[0].Open()
		if err != nil {
			return htmlError(http.StatusBadRequest)
		}
		defer func() { _ = file.Close() }()
		buffer := bytes.Buffer{}
		if _, err := buffer.ReadFrom(file); err != nil {
			return htmlError(http.StatusBadRequest)
		}
		ask.archive = buffer.Bytes()
	}
	values := form.Value["params"]
	if len(values) == 0 {
		return nil
	}
	decoded, err := decodeJSON([]byte(values[0]))
	if err != nil {
		return htmlError(http.StatusBadRequest)
	}
	given, _ := decoded.(map[string]any)
	params := object(given)
	for name, text := range map[string]*string{
		"blueprint_archive_url": &ask.url, "application_file_name": &ask.mainFile, "visibility": &ask.visibility,
	} {
		value, err := params.text(name)
		if err != nil {
			return err
		}
		*text = cmp.Or(value, *text)
	}
	async, err := params.flag("async_upload")
	if err != nil {
		return err
	}
	ask.async = ask.async || async
	labels, _ := params["labels"].([]any)
	for _, entry := range labels {
		pair, _ := entry.(map[string]any)
		l, err := checkLabel(fmt.Sprint(pair["key"]), fmt.Sprint(pair["value"]))
		if err != nil {
			return err
		}
		ask.labels = append(ask.labels, l)
	}
	return nil
}
