// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package removal keeps the operator from being removed while it is needed: its objects have finalizers that nobody else takes
// away, and stand for deployments that nobody else uninstalls. make undeploy and the chart's pre-delete hook ask it first, with
// the command check-removal.
package removal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// Options of the check.
type Options struct {
	// Orphan deletes all objects, and leaves at the Managers what they stand for.
	Orphan bool
	// Timeout is how long the operator may take to let go of the objects of a kind.
	Timeout time.Duration
	// Out is told what happens.
	Out io.Writer
}

// interval is how far apart looks at what is left are.
const interval = time.Second

// Check returns nil when the operator can go: no object of its kinds is left. Its error names what is left, and says the order in
// which to delete it.
func Check(ctx context.Context, c client.Client, opts Options) error {
	if opts.Orphan {
		for _, k := range kinds {
			if err := letGo(ctx, c, k, opts); err != nil {
				return err
			}
		}
	}
	found, err := look(ctx, c)
	if err != nil {
		return err
	}
	if found.count() > 0 {
		return errors.New(found.refusal())
	}
	_, err = fmt.Fprintln(opts.Out, "No objects of the operator are left: it can be removed.")
	return err
}

// letGo deletes all objects of a kind without a change at the Managers, and waits for the operator to let go of them.
func letGo(ctx context.Context, c client.Client, k kind, opts Options) error {
	deadline, said := time.Now().Add(opts.Timeout), false
	for {
		found, err := look(ctx, c)
		if err != nil {
			return err
		}
		objects := found[k.name]
		if len(objects) == 0 {
			return nil
		}
		if !said {
			said = true
			if _, err := fmt.Fprintf(opts.Out, "Letting go of %s\n", k.counted(len(objects))); err != nil {
				return err
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the operator has not let go of %s within %v: %s. It must be running for this; its log and the condition Ready of "+
				"these objects say what is wrong. If it is gone for good, take away the finalizer of each: kubectl patch %s NAME -n NAMESPACE "+
				`--type merge -p '{"metadata":{"finalizers":null}}'`, k.counted(len(objects)), opts.Timeout, names(objects), k.plural)
		}
		for _, o := range objects {
			if err := k.letGoOf(ctx, c, o); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(interval):
		}
	}
}

// orphan leaves at the Manager what an object stands for.
var orphan = client.RawPatch(types.MergePatchType, []byte(`{"spec":{"deletionPolicy":"`+string(v1alpha1.DeletionPolicyOrphan)+`"}}`))

// letGoOf deletes an object, first seeing to it that this changes nothing at the Manager.
func (k kind) letGoOf(ctx context.Context, c client.Client, o unstructured.Unstructured) error {
	if k.orphans && policyOf(o) != v1alpha1.DeletionPolicyOrphan {
		if err := c.Patch(ctx, &o, orphan); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("set the deletionPolicy of %s %s to Orphan: %w", k.name, nameOf(o), err)
		}
	}
	if o.GetDeletionTimestamp() != nil {
		return nil
	}
	uid := o.GetUID()
	if err := c.Delete(ctx, &o, client.Preconditions{UID: &uid}); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("delete %s %s: %w", k.name, nameOf(o), err)
	}
	return nil
}
