// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"context"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
)

// Manager is all that the controllers ask of one tenant of a Cloudify Manager, releases 4.2 to 7.1. A Connection is one.
// Numbers in brackets are exchanges recorded with a real Manager of release 7.1, which the simulator is tested with.
//
// Calls may be made concurrently. Each is one request where nothing else is said, and one more for the version where that is
// not known yet. A list is one request for each thousand of its rows, and one for each hundred IDs where it is filtered by
// IDs; what comes or goes between two of them may be twice in it, or hide a row. Nothing is retried here, and nothing waits
// for an execution. A read is given up after ten seconds, a change after thirty, an upload after ten minutes.
//
// Each call names the predicates of package cloudify that say what it may answer beside success; any other error is one to
// retry. Absence is an error, IsNotFound, never nil without an error. What our user may not see is absent, too [530].
//
// Every call may also answer that the Manager is away (IsUnreachable), refuses the credentials (IsUnauthorized), forbids it
// (IsForbidden), is closed (IsMaintenance) or asks for a pause (IsThrottled), or that no Manager answered (IsForeign,
// IsDoubtful). IsAbandoned: we gave up ourselves, and nothing was changed. IsUnknownField: the Manager's release is not the
// one that was read.
//
// A change needs the leave of the leader: without, it is not sent, or given up (leadership.IsRefused). After IsUnreachable
// the Manager may have made it. After MayArrive it may make it yet, and nothing that is read meanwhile proves that it will
// not. Whoever repeats a change looks first at what became of it; each says how. While a Manager prepares for maintenance it
// refuses to create, to update and to start: IsBusy [487].
type Manager interface {
	// GetVersion reads which release the Manager is, and remembers it for the calls that follow. It proves the credentials, not
	// the tenant, and is answered during maintenance [585].
	GetVersion(ctx context.Context) (*cloudify.Version, error)
	// Release is the release that was read last, or zero. It costs nothing.
	Release() cloudify.Release
	// User is who we are at the Manager, as executions tell who started them; empty with a token. It costs nothing.
	User() string

	Blueprints
	Deployments
	Executions
}

// Blueprints are uploaded under an ID, and do not change.
type Blueprints interface {
	// GetBlueprint reads a blueprint without its template.
	GetBlueprint(ctx context.Context, id string) (*cloudify.Blueprint, error)
	// GetTemplate reads the template of an uploaded blueprint, some 100 kB. Connection.Template asks once for all.
	GetTemplate(ctx context.Context, blueprintID string) (*cloudify.Template, error)
	// GetBlueprintWithTemplate reads both at once; the template is nil unless the blueprint is uploaded.
	GetBlueprintWithTemplate(ctx context.Context, id string) (*cloudify.Blueprint, *cloudify.Template, error)
	// ListBlueprints lists blueprints without their templates, oldest first. IsUnsupported: a filter by states where the release
	// has no BlueprintState.
	ListBlueprints(ctx context.Context, filter cloudify.BlueprintFilter) ([]cloudify.Blueprint, error)

	// UploadBlueprint uploads a blueprint, and returns when the Manager has the archive; the blueprint's state tells what
	// becomes of it. Where the release has no AsyncUpload it returns when the blueprint is parsed. IsInvalid: the archive or the
	// ID is none [125, 132], or the blueprint cannot be parsed. IsMissingPrerequisite: the Manager lacks what it imports.
	//
	// Repeated, it answers IsConflict if the first one arrived [89], whatever the archives hold: only an ID made of the content
	// says that they are the same. Of two at the same moment one may also end in a 500 [525]. A blueprint whose upload failed is
	// replaced [129].
	UploadBlueprint(ctx context.Context, id string, upload cloudify.Upload) (*cloudify.Blueprint, error)
	// LabelBlueprint replaces all labels of an uploaded blueprint [143], where the release has BlueprintLabels. IsConflict: it
	// is not uploaded. It may be repeated. Labels that others set between our read and this are lost.
	LabelBlueprint(ctx context.Context, id string, labels cloudify.LabelSet) error
	// DeleteBlueprint deletes a blueprint, which is gone at once. IsDependentExists: there are deployments of it, or another
	// blueprint imports it [378, 522]. IsBusy: its upload is not over [520]. Repeated, it answers IsNotFound [152].
	DeleteBlueprint(ctx context.Context, id string) error
}

// Deployments are made of blueprints, under an ID that may be used again when they are gone.
type Deployments interface {
	// GetDeployment reads a deployment whole. Until its environment is created it has no inputs, outputs and workflows. Its
	// latest execution is the one that began or ended last, which a newly started one is not yet. What older releases do not
	// tell is filled in by CompleteLatest and CompleteInstallation.
	GetDeployment(ctx context.Context, id string) (*cloudify.Deployment, error)
	// ListDeployments lists deployments without inputs and workflows, oldest first. Where the release has no LatestExecution it
	// costs one request more.
	ListDeployments(ctx context.Context, filter cloudify.DeploymentFilter) ([]cloudify.Deployment, error)
	// GetOutputs evaluates the outputs, which may hold secrets. Where one cannot be evaluated there is no answer for the others
	// either: IsMissingPrerequisite, a 500, or IsNotFound, which also says that there is no such deployment [222]. Before the
	// environment is created there are no outputs.
	GetOutputs(ctx context.Context, id string) (map[string]any, error)
	// GetCapabilities is GetOutputs for the capabilities, nil where the release has no Capabilities.
	GetCapabilities(ctx context.Context, id string) (map[string]any, error)
	// Evaluate evaluates one value as a deployment defines it, and fails as GetOutputs does. It changes nothing and may be
	// repeated, but is a POST: it needs leave, and is given up, as a change is.
	Evaluate(ctx context.Context, id string, value any) (any, error)
	// ListNodeInstances lists the node instances of a deployment, without what they hold.
	ListNodeInstances(ctx context.Context, deploymentID string) ([]cloudify.NodeInstance, error)
	// ListDependents lists the IDs of the deployments that use a deployment, none where the release has no Dependencies.
	ListDependents(ctx context.Context, id string) ([]string, error)

	// CreateDeployment creates a deployment and installs nothing. Where the release has AsyncCreate it returns before the
	// environment is created, and what fails then is found in its execution [228]; but while the blueprint is being uploaded the
	// Manager does not answer [521]. IsNotFound: there is no such blueprint [165]. IsInvalid: inputs are missing or unknown
	// [167, 171], before AsyncCreate also of a wrong type; nothing was made. IsMissingPrerequisite: the Manager saw that a
	// plugin, a secret or a parent is missing. IsCreationFailed: the blueprint is not uploaded [166], or the environment failed
	// and left a row: which, a read tells.
	//
	// Repeated, it answers IsConflict if the first one arrived [190, 523, 940], and while an earlier one is being deleted [392].
	// One whose creation failed is replaced where the release has ReplacesFailedCreate [234].
	CreateDeployment(ctx context.Context, id string, deployment cloudify.NewDeployment) (*cloudify.Deployment, error)
	// PatchDeployment sets the display name, and replaces all labels, where it is given them. IsUnsupported: the release has no
	// such thing. IsNotFound: there is no such deployment [376]. It may be repeated. Labels that others set between our read and
	// this are lost.
	PatchDeployment(ctx context.Context, id string, patch cloudify.DeploymentPatch) error
	// StartUpdate starts to move a deployment to other inputs or another blueprint; its execution does the work. IsUnsupported:
	// the release has no UpdateInPlace. IsNotFound: there is no such deployment or blueprint [339, 343]. IsDependentExists:
	// other deployments use it. Where the release has UpdateByWorkflow, what is wrong with the inputs fails the execution [330],
	// unknown ones are dropped [336], and it is accepted beside a running execution [261]: look before. Older releases answer
	// IsInvalid to wrong inputs, and IsConflict beside an update that was not finished, unless forced.
	//
	// Never repeat it without a look: each one is an update more. Look for its execution, or at what the deployment is made of.
	StartUpdate(ctx context.Context, deploymentID string, update cloudify.Update) (*cloudify.DeploymentUpdate, error)
	// PreviewUpdate says what an update would change, where the release has Previews (else IsUnsupported), and returns when it
	// is known [614]: a few seconds. It is refused as StartUpdate is [1033], and accepted beside an update that waits [990].
	// Where the release has UpdateByWorkflow it leaves an execution of the workflow update, which IsPreview; one that would fail
	// is Failed [645], and the deployment's latest execution with it, whose events say why: validate before. Unknown inputs are
	// dropped [651]. Older releases leave nothing, and answer IsInvalid or IsMissingPrerequisite to what would fail.
	//
	// It changes nothing but that, yet is a POST: never repeat it without a look at the executions, whose UpdateID leads to what
	// an earlier one found.
	PreviewUpdate(ctx context.Context, deploymentID string, update cloudify.Update) (*cloudify.DeploymentUpdate, error)
	// GetUpdate reads the record of an update or a preview. IsNotFound: there is none [366].
	GetUpdate(ctx context.Context, id string) (*cloudify.DeploymentUpdate, error)
	// DeleteDeployment begins to delete a deployment, which is gone once GetDeployment says so. IsDependentExists: something
	// runs on it [259], lives in it [380] or uses it [470], or it is being deleted already [391]: which, only a read tells.
	// Force deletes one in which something lives [399], not one on which something runs [260]. Repeated, it answers
	// IsDependentExists, and once it is gone IsNotFound [395].
	DeleteDeployment(ctx context.Context, id string, force bool) error
}

// Executions are runs of a deployment's workflows. They go with their deployment, and old ones may be cleared away before.
type Executions interface {
	// GetExecution reads an execution with its parameters. IsNotFound: there is none, or its deployment is gone [397].
	GetExecution(ctx context.Context, id string) (*cloudify.Execution, error)
	// ListExecutions lists executions, without those that are scheduled for later. An unknown deployment has none [396];
	// releases 4.2 and 4.3 answer IsNotFound. Parameters are read for one deployment only: they may hold inputs.
	ListExecutions(ctx context.Context, filter cloudify.ExecutionFilter) ([]cloudify.Execution, error)
	// ListFailures lists the events that say why an execution failed, newest first, twenty at most. They arrive up to seconds
	// after its end, so there may be none yet.
	ListFailures(ctx context.Context, executionID string) ([]cloudify.Event, error)

	// StartExecution starts a workflow; the execution may have to wait before it begins. IsBusy: another execution is active
	// [256], or the environment is being created [202]. IsCreationFailed: that failed [231]; a 500 up to 5.2.
	// IsUnavailableWorkflow: it does not fit the state of the node instances [209, 227]. IsDependentExists: other deployments
	// use what it would stop [469]. IsInvalid: there is no such workflow, or the parameters are not its own [208, 210].
	// IsNotFound: there is no such deployment [207]. The refusals IsUnavailableWorkflow and IsDependentExists leave a failed
	// execution behind.
	//
	// Never repeat it without a look: of two at the same moment both may run [524, 863]. Look among the deployment's executions for
	// the own parameter that this one carries; for a workflow that may refuse to take one, for a newer one that is like it.
	StartExecution(ctx context.Context, execution cloudify.NewExecution) (*cloudify.Execution, error)
	// CancelExecution asks an execution to stop. It stops later, perhaps by itself, and perhaps not at all [945]: then ask more
	// forcibly. IsIllegalAction: it has ended [280, 282], or was asked in this way already. A kill is accepted even when it has
	// ended, and changes how it ended [281]: read before. IsInvalid: a kill where the release has no Kills. IsNotFound: there is
	// none [283].
	CancelExecution(ctx context.Context, id string, how cloudify.Cancellation) (*cloudify.Execution, error)
}

var _ Manager = (*cloudify.Client)(nil)
