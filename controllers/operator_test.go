// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
	"github.com/cloudify-operator/cloudify-operator/internal/kube"
)

// operatorLabel says which operator an object is for.
const operatorLabel = "test-operator"

// operator is the controllers in a manager of their own, as main.go sets them up. It can be stopped and started again.
type operator struct {
	namespace string
	options   controllers.Options
	// adjust, if set, changes the connection to the API server and the options of the manager.
	adjust func(*rest.Config, *ctrl.Options)
	log    journal
	calls  calls
	looks  looks

	stop    context.CancelFunc
	stopped chan error
}

func newOperator(namespace string, change ...func(*controllers.Options)) *operator {
	o := &operator{namespace: namespace, options: controllers.Options{
		Cluster: "test", Namespace: namespace, OSBNamespace: namespace, UserAgent: "cloudify-operator",
		WatchBusy: 200 * time.Millisecond, WatchIdle: time.Second, WatchList: time.Second, Discovery: time.Second,
		Resync: time.Hour, // so that a resync does not hide that something failed to wake an object
	}}
	for _, c := range change {
		c(&o.options)
	}
	o.looks.reset()
	return o
}

// startOperator starts an operator for one test.
func startOperator(t *testing.T, change ...func(*controllers.Options)) *operator {
	t.Helper()
	o := newOperator(env.Namespace(t), change...)
	o.run(t)
	return o
}

// run starts an operator that ends with the test.
func (o *operator) run(t *testing.T) {
	t.Helper()
	if err := o.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.end(); err != nil {
			t.Error(err)
		}
	})
}

func (o *operator) start() error {
	ctx, stop := context.WithCancel(context.Background())
	mgr, err := o.manager(ctx)
	if err != nil {
		stop()
		return fmt.Errorf("set up the operator: %w", err)
	}
	o.stop, o.stopped = stop, make(chan error, 1)
	go func() { o.stopped <- mgr.Start(ctx) }()
	if !mgr.GetCache().WaitForCacheSync(ctx) {
		return errors.Join(errors.New("the caches did not sync"), o.halt())
	}
	return nil
}

func (o *operator) manager(ctx context.Context) (ctrl.Manager, error) {
	restConfig := rest.CopyConfig(env.RestConfig)
	restConfig.QPS, restConfig.Burst = 200, 400
	restConfig.Wrap(o.calls.counted)
	mine := labels.SelectorFromSet(labels.Set{operatorLabel: o.namespace})
	options := kube.View{Namespace: o.namespace}.ManagerOptions()
	// The log of an operator, at every level, to be searched for secrets.
	options.Logger = zap.New(zap.WriteTo(&o.log), zap.UseDevMode(true), zap.JSONEncoder())
	options.Metrics.BindAddress, options.HealthProbeBindAddress = "0", "0"
	options.Controller.SkipNameValidation = new(true)
	for _, kind := range []client.Object{
		&v1alpha1.CloudifyManager{}, &v1alpha1.CloudifyBlueprint{}, &v1alpha1.CloudifyDeployment{}, &v1alpha1.CloudifyBinding{},
		&v1alpha1.CloudifyExecution{},
	} {
		restrict(options.Cache.ByObject, kind, mine)
	}
	product := options.NewClient
	options.NewClient = func(config *rest.Config, options client.Options) (client.Client, error) {
		c, err := product(config, options)
		return discoverer{o.looks.noted(c), o.namespace}, err
	}
	if o.adjust != nil {
		o.adjust(restConfig, &options)
	}
	mgr, err := ctrl.NewManager(restConfig, options)
	if err != nil {
		return nil, err
	}
	return mgr, controllers.Setup(ctx, mgr, o.options)
}

// restrict makes a cache hold only some objects of a kind, and else as the product says.
func restrict(kinds map[client.Object]cache.ByObject, kind client.Object, to labels.Selector) {
	for known, held := range kinds {
		if reflect.TypeOf(known) == reflect.TypeOf(kind) {
			held.Label = to
			kinds[known] = held
			return
		}
	}
	kinds[kind] = cache.ByObject{Label: to}
}

// discoverer puts the operator's label on what discovery creates: otherwise no operator would see it.
type discoverer struct {
	client.Client
	operator string
}

func (d discoverer) Create(ctx context.Context, created client.Object, opts ...client.CreateOption) error {
	err := d.Client.Create(ctx, created, opts...)
	if _, found := created.(*v1alpha1.CloudifyBlueprint); err != nil || !found {
		return err
	}
	story := created.GetLabels()[v1alpha1.DiscoveredByLabel] // its CloudifyManager has its name
	label := fmt.Sprintf(`{"metadata":{"labels":{%q:%q,%q:%q}}}`, operatorLabel, d.operator, storyLabel, story)
	return d.Patch(ctx, created, client.RawPatch(types.MergePatchType, []byte(label)), client.FieldOwner("test"))
}

// halt stops the operator, if it runs.
func (o *operator) halt() error {
	if o.stop == nil {
		return nil
	}
	o.stop()
	o.stop = nil
	return <-o.stopped
}

// secrets must never be in the log of an operator.
var secrets = []string{password, hidden}

// end stops the operator for good, and looks at what it logged.
func (o *operator) end() error {
	if err := o.halt(); err != nil {
		return fmt.Errorf("stop the operator: %w", err)
	}
	for _, secret := range secrets {
		if line := o.log.line(secret); line != "" {
			return fmt.Errorf("the operator logged a secret: %s", line)
		}
	}
	if line := o.log.line("Observed a panic"); line != "" {
		return fmt.Errorf("the operator panicked: %s", line)
	}
	return nil
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// lines returns the lines that contain text.
func (j *journal) lines(text string) (found []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// line returns the first line that contains text, "" if none does.
func (j *journal) line(text string) string {
	if found := j.lines(text); len(found) > 0 {
		return found[0]
	}
	return ""
}
