// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"
)

// Blueprint is a blueprint without its template.
type Blueprint struct {
	ID          string    `json:"id"`
	State       string    `json:"state"`
	Error       string    `json:"error"`
	Description string    `json:"description"`
	MainFile    string    `json:"main_file_name"`
	Labels      LabelSet  `json:"labels"`
	CreatedBy   string    `json:"created_by"`
	CreatedAt   time.Time `json:"created_at"`
}

// Uploaded reports whether deployments can be made of the blueprint.
func (b *Blueprint) Uploaded() bool { return b.State == "uploaded" }

// Failed reports whether its upload failed: no deployment can be made of it, and an
// upload under the same id replaces it.
func (b *Blueprint) Failed() bool {
	switch b.State {
	case "failed_uploading", "failed_extracting", "failed_parsing", "failed_extracting_to_file_server", "invalid":
		return true
	}
	return false
}

// InProgress reports whether its upload is not over. An unknown state counts as in
// progress.
func (b *Blueprint) InProgress() bool { return !b.Uploaded() && !b.Failed() }

// complete masks the error, and fills in the state where the release does not tell it.
func (c *Client) complete(b *Blueprint, release Release) {
	b.Error = c.masker.message(b.Error)
	if !release.Has(BlueprintState) {
		b.State = "uploaded"
	}
}

// GetBlueprint reads a blueprint without its template.
func (c *Client) GetBlueprint(ctx context.Context, id string) (*Blueprint, error) {
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	var blueprint Blueprint
	query := url.Values{"_include": {release.include(blueprintFields)}}
	if err := c.do(ctx, call{method: "GET", route: "blueprints/{id}", id: id, query: query}, &blueprint); err != nil {
		return nil, err
	}
	c.complete(&blueprint, release)
	return &blueprint, nil
}

// BlueprintFilter chooses blueprints. Each part that is set restricts.
type BlueprintFilter struct {
	IDs []string
	// States is for releases with BlueprintState; others have uploaded ones only.
	States []string
}

// ListBlueprints lists blueprints without their templates, oldest first.
func (c *Client) ListBlueprints(ctx context.Context, filter BlueprintFilter) ([]Blueprint, error) {
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	query := url.Values{
		"_include": {release.include(blueprintFields)},
		"_sort":    {"created_at", "id"},
	}
	if len(filter.States) > 0 {
		if !release.Has(BlueprintState) {
			return nil, &UnsupportedError{What: string(BlueprintState), Release: release}
		}
		query["state"] = filter.States
	}
	blueprints, err := listByID[Blueprint](ctx, c, "blueprints", query, filter.IDs, 0)
	for i := range blueprints {
		c.complete(&blueprints[i], release)
	}
	return blueprints, err
}

// Upload is what a blueprint is made of.
type Upload struct {
	// MainFile is the path of the main YAML file in the archive; empty means
	// blueprint.yaml.
	MainFile string
	// Archive is a zip, tar, tar.gz or tar.bz2 with exactly one folder at its top,
	// of Size bytes.
	Archive io.Reader
	Size    int64
	// ArchiveURL is where the Manager downloads the archive, given instead of one.
	ArchiveURL string
}

// UploadBlueprint uploads a blueprint. Where the release has AsyncUpload, it returns
// when the Manager has the archive but has not parsed it: the state tells the rest.
func (c *Client) UploadBlueprint(ctx context.Context, id string, upload Upload) (*Blueprint, error) {
	call := call{method: "PUT", route: "blueprints/{id}", id: id, query: url.Values{}, patient: true}
	switch {
	case (upload.Archive == nil) == (upload.ArchiveURL == ""):
		return nil, fmt.Errorf("%s: %w", call, errors.New("give either an archive or its URL"))
	case upload.Archive != nil && upload.Size <= 0:
		return nil, fmt.Errorf("%s: %w", call, errors.New("the size of the archive is missing"))
	}
	release, err := c.known(ctx)
	if err != nil {
		return nil, err
	}
	call.archive, call.size = upload.Archive, upload.Size
	if upload.ArchiveURL != "" {
		call.query.Set("blueprint_archive_url", upload.ArchiveURL)
	}
	if upload.MainFile != "" {
		call.query.Set("application_file_name", upload.MainFile)
	}
	if release.Has(AsyncUpload) {
		call.query.Set("async_upload", "true")
	}
	var blueprint Blueprint
	if err := c.do(ctx, call, &blueprint); err != nil {
		return nil, err
	}
	c.complete(&blueprint, release)
	return &blueprint, nil
}

// LabelBlueprint replaces all labels of an uploaded blueprint.
func (c *Client) LabelBlueprint(ctx context.Context, id string, labels LabelSet) error {
	body := struct {
		Labels LabelSet `json:"labels"`
	}{labels}
	return c.do(ctx, call{method: "PATCH", route: "blueprints/{id}", id: id, in: body}, nil)
}

// DeleteBlueprint deletes a blueprint that no deployment is made of.
func (c *Client) DeleteBlueprint(ctx context.Context, id string) error {
	return c.do(ctx, call{method: "DELETE", route: "blueprints/{id}", id: id}, nil)
}
