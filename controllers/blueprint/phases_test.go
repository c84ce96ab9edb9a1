// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package blueprint

import (
	"testing"

	. "github.com/onsi/gomega"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// managerThat is the CloudifyManager named default.
func managerThat(options ...func(*v1alpha1.CloudifyManagerSpec)) *v1alpha1.CloudifyManager {
	m := &v1alpha1.CloudifyManager{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
	for _, option := range options {
		option(&m.Spec)
	}
	return m
}

func acceptsAll(m *v1alpha1.CloudifyManagerSpec) {
	m.BlueprintNamespaces = &v1alpha1.BlueprintNamespaces{From: v1alpha1.NamespacesFromAll}
}

func allowsURLs(prefixes ...string) func(*v1alpha1.CloudifyManagerSpec) {
	return func(m *v1alpha1.CloudifyManagerSpec) { m.ArchiveURLPrefixes = prefixes }
}

// sourceOf gives the blueprint another source.
func sourceOf(source v1alpha1.BlueprintSource, mainFile string) option {
	return func(s *scope) { s.blueprint.Spec.Source, s.blueprint.Spec.MainFile = &source, mainFile }
}

const url = "https://a.example.com/b/c.zip"

var archive = v1alpha1.BlueprintSource{Archive: &v1alpha1.ArchiveSource{URL: url}}

func configMap(items ...v1alpha1.KeyToPath) v1alpha1.BlueprintSource {
	return v1alpha1.BlueprintSource{ConfigMapRef: &v1alpha1.ConfigMapSource{Name: "files", Items: items}}
}

func TestResolveRefuses(t *testing.T) {
	stored := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "files"}, Data: map[string]string{"main.yaml": "a: 1"}}
	elsewhere := stored.DeepCopy()
	elsewhere.Namespace = "cloudify-system"

	for _, row := range []struct {
		name    string
		scope   *scope
		objects []client.Object
		kind    outcome.Kind
		reason  string
		words   []string
	}{
		{"no CloudifyManager", newScope(), nil, outcome.Waiting, "ManagerNotFound", []string{"CloudifyManager default not found: create it", "spec.managerRef"}},
		{"no CloudifyManager to delete at", newScope(deleting, policy("Delete"), withID("cellar")), nil, outcome.Waiting, "ManagerNotFound", []string{"set spec.deletionPolicy to Orphan"}},
		{"a namespace that the Manager does not accept", newScope(), []client.Object{managerThat()}, outcome.Waiting, "NamespaceNotAllowed", []string{"CloudifyManager default", "namespace shop", "its administrator", "spec.blueprintNamespaces"}},
		{"an archive where none is allowed", newScope(sourceOf(archive, "")), []client.Object{managerThat(acceptsAll)}, outcome.Waiting, "URLNotAllowed", []string{"CloudifyManager default", "spec.archiveURLPrefixes"}},
		{"an archive elsewhere", newScope(sourceOf(archive, "")), []client.Object{managerThat(acceptsAll, allowsURLs("https://b.example.com/", "https://a.example.com/c/"))}, outcome.Waiting, "URLNotAllowed", nil},
		{"no ConfigMap", newScope(sourceOf(configMap(), "")), []client.Object{managerThat(acceptsAll), elsewhere}, outcome.Waiting, "SourceMissing", []string{"ConfigMap shop/files", "create it"}},
		{"no key", newScope(sourceOf(configMap(v1alpha1.KeyToPath{Key: "start", Path: "a"}), "")), []client.Object{managerThat(acceptsAll), stored}, outcome.Waiting, "SourceMissing", []string{"ConfigMap shop/files has no key start"}},
		{"no main file", newScope(sourceOf(configMap(), "")), []client.Object{managerThat(acceptsAll), stored}, outcome.Stalled, "InvalidSource", []string{"the main file blueprint.yaml is not among the files (main.yaml)"}},
		{"no connection", newScope(sourceOf(configMap(), "main.yaml")), []client.Object{managerThat(acceptsAll), stored}, outcome.Waiting, "ManagerNotReady", []string{"CloudifyManager default is not connected"}},
		{"no connection to delete at", newScope(ours, deleting, recorded("cellar-1")), []client.Object{managerThat()}, outcome.Waiting, "ManagerNotReady", []string{"set spec.deletionPolicy to Orphan"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(newReconciler(t, row.objects...).resolve(t.Context(), row.scope)).To(ends(row.kind, row.reason, row.words...))
		})
	}
}

func TestResolve(t *testing.T) {
	stored := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "files"}, Data: map[string]string{"main.yaml": "a: 1"}}
	revisionOf := func(s source) string { return s.revisionID("cluster", "shop", "cellar") }

	for _, row := range []struct {
		name    string
		scope   *scope
		manager *v1alpha1.CloudifyManager
		id      string
	}{
		{"one that exists", newScope(), managerThat(acceptsAll), "cellar"},
		{"one that exists, by ID", newScope(func(s *scope) { s.blueprint.Spec.BlueprintID = "other" }), managerThat(acceptsAll), "other"},
		{"files", newScope(ours), managerThat(acceptsAll), revisionOf(newScope(ours).source)},
		{"a ConfigMap", newScope(sourceOf(configMap(), "main.yaml")), managerThat(acceptsAll), revisionOf(source{mainFile: "main.yaml", files: files("main.yaml", "a: 1")})},
		{"an archive", newScope(sourceOf(archive, "")), managerThat(acceptsAll, allowsURLs("https://x.example.com/", "https://a.example.com/b/")), revisionOf(source{mainFile: "blueprint.yaml", url: url})},
		{"one that is deleted, whatever its source", newScope(deleting, sourceOf(archive, ""), recorded("cellar-1")), managerThat(), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r := newReconciler(t, row.manager, stored)
			conn, _ := connected(t, r, always(200, "{}"))
			row.scope.id, row.scope.conn = "", nil
			g.Expect(r.resolve(t.Context(), row.scope)).To(Succeed())
			g.Expect(row.scope.id).To(Equal(row.id))
			g.Expect(row.scope.conn).To(BeIdenticalTo(conn))
		})
	}
}

// What is deleted and has nothing to delete at the Manager asks for none.
func TestResolveNeedsNoManager(t *testing.T) {
	for name, s := range map[string]*scope{
		"never uploaded": newScope(ours, deleting, unconnected),
		"never found":    newScope(deleting, policy("Delete"), unconnected),
		"in use":         newScope(ours, deleting, recorded("cellar-1"), usedBy("shop/cellar"), unconnected),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := newReconciler(t)
			g.Expect(r.resolve(t.Context(), s)).To(Succeed())
			g.Expect(r.observe(t.Context(), s)).To(Succeed())
		})
	}
}

// Only an object whose status answers to its spec stays as it is through an outage.
func TestSettled(t *testing.T) {
	ready := outcome.Classify(nil)
	for _, row := range []struct {
		name    string
		scope   *scope
		settled bool
	}{
		{"ready", newScope(status("cellar", ready)), true},
		{"ready with another revision", newScope(status("other", ready)), false},
		{"ready before the spec changed", newScope(status("cellar", ready), func(s *scope) { s.blueprint.Generation++ }), false},
		{"ready, but asked", newScope(status("cellar", ready), requested), false},
		{"ready, and asked before", newScope(status("cellar", ready), requested, handled), true},
		{"refused", newScope(status("cellar", outcome.Classify(outcome.Stall("UploadFailed", "")))), false},
		{"deleted", newScope(status("cellar", ready), deleting), false},
		{"new", newScope(), false},
	} {
		t.Run(row.name, func(t *testing.T) {
			NewWithT(t).Expect(row.scope.settled()).To(Equal(row.settled))
		})
	}
}

func TestAnOrphanGoesAtOnce(t *testing.T) {
	for name, row := range map[string]struct {
		scope *scope
		kind  outcome.Kind
	}{
		"one that exists":                 {newScope(deleting), outcome.Gone},
		"one that exists and shall go":    {newScope(deleting, policy("Delete")), outcome.Done},
		"an uploaded one":                 {newScope(ours, deleting), outcome.Done},
		"an uploaded one that shall stay": {newScope(ours, deleting, policy("Orphan")), outcome.Gone},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			r := newReconciler(t, row.scope.blueprint.DeepCopy()) // no CloudifyManager: nothing is asked of it
			g.Expect(r.Get(t.Context(), row.scope.key, row.scope.blueprint)).To(Succeed())
			g.Expect(outcome.Classify(r.claim(t.Context(), row.scope)).Kind).To(Equal(row.kind))
		})
	}
}

func TestObserveDeletion(t *testing.T) {
	user := func(namespace, blueprint string) client.Object {
		d := &v1alpha1.CloudifyDeployment{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "of-" + blueprint}}
		d.Spec.BlueprintRef = v1alpha1.BlueprintReference{Namespace: "shop", Name: blueprint}
		return d
	}
	for _, row := range []struct {
		name   string
		status int
		body   string
		users  []client.Object
		wants  []string // users
		doomed []string
		err    OmegaMatcher
	}{
		{"used", 200, `{}`, []client.Object{user("shop", "cellar"), user("office", "cellar"), user("shop", "other")}, []string{"office/of-cellar", "shop/of-cellar"}, nil, BeNil()},
		{"still there", 200, `{"state": "uploaded"}`, nil, nil, []string{"b", "a"}, BeNil()},
		{"gone", 404, `{"error_code": "not_found_error"}`, nil, nil, nil, BeNil()},
		{"an unknown route says nothing", 404, `<html>`, nil, nil, nil, HaveOccurred()},
		{"trouble", 500, `{"error_code": "internal_server_error"}`, nil, nil, nil, HaveOccurred()},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t, row.users...), newScope(ours, deleting, recorded("b", "a"))
			s.conn, _ = connected(t, r, always(row.status, row.body))
			g.Expect(r.count(t.Context(), s)).To(Succeed())
			g.Expect(r.observe(t.Context(), s)).To(row.err)
			g.Expect(s.users).To(Equal(row.wants))
			g.Expect(s.doomed).To(Equal(row.doomed))
		})
	}
}

// What the Manager answers to a change, and what becomes of it. Each pass makes one change at most.
func TestAct(t *testing.T) {
	const upload, remove = "PUT /api/v3.1/blueprints/" + revision, "DELETE /api/v3.1/blueprints/b"
	code := func(code string) string { return `{"error_code": "` + code + `", "message": "its own words"}` }
	toUpload, toDelete := []option{ours, recorded(revision)}, []option{ours, deleting, doomed("b", "a")}

	for _, row := range []struct {
		name    string
		options []option
		status  int
		body    string
		asked   []string
		kind    outcome.Kind
		reason  string
		words   []string
	}{
		{"an upload begins", toUpload, 201, `{"state": "pending"}`, []string{upload}, outcome.Waiting, "Uploading", []string{revision}},
		{"an upload that arrived before", toUpload, 409, code("conflict_error"), []string{upload}, outcome.Waiting, "Uploading", nil},
		{"an upload that is refused", toUpload, 400, code("invalid_blueprint_error"), []string{upload}, outcome.Stalled, "UploadFailed", []string{"its own words"}},
		{"an upload that gets no answer", toUpload, 502, "", []string{upload}, outcome.Retry, "ManagerUnreachable", nil},
		{"a deletion", toDelete, 204, "", []string{remove}, outcome.Waiting, "Deleting", []string{"deleting revision b"}},
		{"a deletion that arrived before", toDelete, 404, code("not_found_error"), []string{remove}, outcome.Waiting, "Deleting", nil},
		{"a deletion that deployments of others hold back", toDelete, 400, code("dependent_exists_error"), []string{remove}, outcome.Waiting, "InUse", []string{"the Manager does not delete blueprint b yet", "its own words", "deletionPolicy to Orphan"}},
		{"a deletion before the upload is over", toDelete, 400, code("invalid_blueprint_error"), []string{remove}, outcome.Waiting, "ManagerBusy", nil},
		{"a deletion that fails", toDelete, 500, code("internal_server_error"), []string{remove}, outcome.Retry, "ManagerError", nil},

		{"nothing is sent before the revision is on record", []option{ours}, 500, "", nil, outcome.Waiting, "Uploading", nil},
		{"one that exists is missing", nil, 500, "", nil, outcome.Waiting, "BlueprintMissing", []string{"no blueprint cellar in tenant default_tenant", "spec.blueprintID"}},
		{"one that somebody else must mend", []option{found("failed_parsing")}, 500, "", nil, outcome.Waiting, "UploadFailed", []string{"the Manager could not parse blueprint cellar (failed_parsing)", "no such type"}},
		{"one that only a new source can mend", []option{ours, recorded(revision), found("invalid")}, 500, "", nil, outcome.Stalled, "UploadFailed", []string{"no such type"}},
		{"one that is parsed", []option{ours, recorded(revision), found("parsing")}, 500, "", nil, outcome.Waiting, "Uploading", []string{"parsing"}},
		{"one that deployments hold back", []option{ours, deleting, usedBy("shop/a", "shop/b")}, 500, "", nil, outcome.Waiting, "InUse", []string{"shop/a, shop/b", "deletionPolicy to Orphan"}},
		{"one that is as it should be", []option{found("uploaded"), requested}, 500, "", nil, outcome.Done, "Ready", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			r, s := newReconciler(t), newScope(row.options...)
			conn, asked := connected(t, r, always(row.status, row.body))
			s.conn = conn
			g.Expect(r.act(t.Context(), s)).To(ends(row.kind, row.reason, row.words...))
			g.Expect(*asked).To(Equal(row.asked))
		})
	}
}

func TestARequestIsHandledOnce(t *testing.T) {
	g := NewWithT(t)
	r, s := newReconciler(t), newScope(ours, recorded(revision), found("failed_parsing"), requested)
	s.conn, _ = connected(t, r, always(201, `{"state": "pending"}`))
	g.Expect(r.act(t.Context(), s)).To(ends(outcome.Waiting, "Uploading"))
	g.Expect(s.blueprint.Status.LastHandledRequest).To(Equal("now"))
	g.Expect(nextStep(s)).To(Equal(stepStall), "the answer to the request stands")
}

// The outage is noticed behind what the phases add to the error, and the request that it met is not forgotten.
func TestAnUploadThatGetsNoAnswer(t *testing.T) {
	g := NewWithT(t)
	s := newScope(ours, requested, func(s *scope) { s.id = s.source.revisionID("cluster", "shop", "cellar"); recorded(s.id)(s) })
	r := newReconciler(t, managerThat(acceptsAll), s.blueprint)
	_, asked := connected(t, r, answers{"GET": {200, `{"state": "failed_parsing"}`}, "PUT": {502, ""}})
	g.Expect(r.Get(t.Context(), s.key, s.blueprint)).To(Succeed())
	_, err := r.Reconcile(t.Context(), s.blueprint)

	g.Expect(outcome.Classify(err)).To(HaveField("Reason", "ManagerUnreachable"))
	g.Expect(*asked).To(ContainElement(HavePrefix("PUT ")))
	var stored v1alpha1.CloudifyBlueprint
	g.Expect(r.Get(t.Context(), s.key, &stored)).To(Succeed())
	g.Expect(stored.Status.Conditions).To(ContainElement(And(HaveField("Type", "Ready"), HaveField("Reason", "ManagerUnreachable"))))
	g.Expect(stored.Status.LastHandledRequest).To(BeEmpty())
	_, err = r.Pool.Get("default")
	g.Expect(err).To(MatchError(connection.ErrUnavailable))
}
