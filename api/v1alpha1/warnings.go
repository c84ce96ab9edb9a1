// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import "k8s.io/apimachinery/pkg/util/sets"

// asksToAct has the reasons that ask a person to act: nothing gets better before somebody changes something, here or at the Manager.
// Their events are Warnings; all others, also of what waits for another object that has an event of its own, are Normal.
var asksToAct = sets.New(
	ReasonManagerNotFound, ReasonManagerUnreachable, ReasonNotCloudify, ReasonManagerError, ReasonKubernetesError, ReasonManagerRefused,
	ReasonForbidden, ReasonInventoryLost, ReasonFinalizerRestored, ReasonOutputsOmitted, ReasonOutputsNotEvaluated, ReasonApprovalOutdated,
	// CloudifyManager
	ReasonUnauthorized, ReasonInvalidCredentials, ReasonInvalidConfiguration, ReasonInvalidTLS, ReasonCertificateRefused,
	ReasonTenantRefused, ReasonUnsupportedRelease, ReasonNamespaceMissing, ReasonNamespaceNotWatched, ReasonLabelsUnsupported, ReasonUnfit,
	ReasonOrphansFound,
	// CloudifyBlueprint
	ReasonUploadFailed, ReasonBlueprintMissing, ReasonSourceMissing, ReasonInvalidSource, ReasonNamespaceNotAllowed, ReasonURLNotAllowed,
	ReasonOfferingNameTaken, ReasonOfferingIDTaken, ReasonInvalidOffering, ReasonNotDeployable,
	// CloudifyBinding
	ReasonDeploymentNotFound, ReasonDeploymentReplaced, ReasonInvalidCredentialsTemplate,
	// CloudifyExecution
	ReasonUnknownWorkflow, ReasonWorkflowUnavailable, ReasonInvalidParameters, ReasonExecutionFailed, ReasonExecutionLost,
	ReasonExecutionAmbiguous,
	// CloudifyDeployment
	ReasonBlueprintNotFound, ReasonBlueprintNotAllowed, ReasonInvalidInputs, ReasonReferenceMissing, ReasonCircularReference, ReasonUnknownRevision,
	ReasonUnknownPlan, ReasonUpdateUnsupported, ReasonUpdateFailed, ReasonUpdateCancelled, ReasonPreviewRefused, ReasonTimedOut, ReasonInstancesDrifted,
	ReasonSecretConflict, ReasonAdoptionMissing, ReasonAdoptionNotAllowed, ReasonAdoptionConflict, ReasonAdoptionMismatch,
	ReasonAdoptionUnsupported, ReasonCreateFailed, ReasonInstallFailed, ReasonInstallCancelled, ReasonUninstallFailed,
	ReasonDeleteFailed, ReasonDependentsExist, ReasonOlderDeploymentExists, ReasonInvalidMaintenanceWindow,
)

// AsksToAct reports whether a reason asks a person to act.
func AsksToAct(reason string) bool { return asksToAct.Has(reason) }
