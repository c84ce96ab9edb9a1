// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// ReadBlueprint reads one of the catalog's.
func (r *Rig) ReadBlueprint(ctx context.Context, name string) (*v1alpha1.CloudifyBlueprint, error) {
	b := Blueprint(name)
	if err := r.Admin.Get(ctx, client.ObjectKeyFromObject(b), b); err != nil {
		return nil, fmt.Errorf("read CloudifyBlueprint %s: %w", name, err)
	}
	return b, nil
}

// CopyBlueprint adds a blueprint like the model, as an operator would have left it: wherever the model has its name, the copy has
// its own, so that its offering and plans have IDs of their own too.
func (r *Rig) CopyBlueprint(ctx context.Context, model *v1alpha1.CloudifyBlueprint, name string) error {
	var b v1alpha1.CloudifyBlueprint
	if err := renamed(model, model.Name, name, &b); err != nil {
		return err
	}
	status := b.Status
	b.ObjectMeta = Fresh(name, b.ObjectMeta)
	if err := r.Admin.Create(ctx, &b); err != nil {
		return fmt.Errorf("create CloudifyBlueprint %s: %w", name, err)
	}
	patch, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		return fmt.Errorf("encode a status: %w", err)
	}
	return r.PatchBlueprintStatus(ctx, name, string(patch))
}

// PatchBlueprintStatus merges a patch into the status of one of the catalog's.
func (r *Rig) PatchBlueprintStatus(ctx context.Context, name, patch string) error {
	if err := r.Admin.Status().Patch(ctx, Blueprint(name), client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		return fmt.Errorf("write the status of CloudifyBlueprint %s: %w", name, err)
	}
	return nil
}

// renamed copies an object with another name, wherever that stands.
func renamed(model any, from, to string, into any) error {
	encoded, err := json.Marshal(model)
	if err == nil {
		err = json.Unmarshal([]byte(strings.ReplaceAll(string(encoded), from, to)), into)
	}
	if err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return nil
}
