import ObjectStore

/// What a profile of the shared files says: keys, a program, a role to take on.
struct ProfileCredentials: CredentialsProvider {
    let context: CredentialsContext

    func find() async throws -> CredentialsSearchResult {
        let files = try SharedFiles(context.environment)
        let profile = try files.profile(context.profileName)
        var visited: [String] = []
        if let credentials = try await credentials(of: profile, in: files, as: .chosen, &visited) {
            return .found(credentials)
        }
        return .notSetUp(
            "profile '\(profile.name)' of '\(files.credentialsPath)' and '\(files.configPath)' (no credentials there)"
        )
    }

    /// What a profile is needed for.
    private enum Use {
        /// The user chose it.
        case chosen
        /// Another one takes on its role with it.
        case source
        /// It takes on its role with its own keys.
        case ownSource
    }

    /// In the order of the AWS command line: a role, a web identity, single sign-on, keys in the credentials file, a
    /// program, keys in the config file.
    private func credentials(
        of profile: SharedFiles.Profile,
        in files: SharedFiles,
        as use: Use,
        _ visited: inout [String]
    ) async throws -> AWSCredentials? {
        let service = SecurityTokenService(context, profile, files)
        if let role = profile["role_arn"], profile["web_identity_token_file"] == nil, use != .ownSource {
            return try await assume(role, profile, files, service, &visited)
        }
        let usesEnvironment = use == .chosen && context.chosenProfile == nil
        if let identity = try WebIdentity(context, profile, usesEnvironment: usesEnvironment) {
            return try await service.assumeRole(identity)
        }
        if profile["sso_session"] != nil || profile["sso_start_url"] != nil {
            throw ObjectStoreError(
                .accessDenied,
                "Profile '\(profile.name)' signs in through IAM Identity Center, which kbackup cannot. Give it a "
                    + "'credential_process', for example 'aws configure export-credentials --profile \(profile.name)'."
            )
        }
        if let keys = try keys(profile.credentials, profile.name, files.credentialsPath) { return keys }
        if let command = profile["credential_process"] {
            return try await ProcessCredentials(command: command, profile: profile.name, context: context).run()
        }
        return try keys(profile.config, profile.name, files.configPath)
    }

    private func keys(_ settings: [String: String], _ profile: String, _ path: String) throws -> AWSCredentials? {
        guard let key = settings["aws_access_key_id"], !key.isEmpty else { return nil }
        guard let secret = settings["aws_secret_access_key"], !secret.isEmpty else {
            throw ObjectStoreError(
                .accessDenied,
                "Profile '\(profile)' in '\(path)' has an aws_access_key_id, but no aws_secret_access_key. Add it."
            )
        }
        return AWSCredentials(
            accessKeyID: key,
            secretAccessKey: secret,
            sessionToken: settings["aws_session_token"] ?? settings["aws_security_token"],
            source: "profile '\(profile)' in '\(path)'"
        )
    }

    // MARK: - Roles

    private func assume(
        _ role: String,
        _ profile: SharedFiles.Profile,
        _ files: SharedFiles,
        _ service: SecurityTokenService,
        _ visited: inout [String]
    ) async throws -> AWSCredentials {
        guard !visited.contains(profile.name) else {
            let chain = (visited + [profile.name]).joined(separator: "' → '")
            throw ObjectStoreError(.accessDenied, "The profiles '\(chain)' take each other as source. Change one.")
        }
        visited.append(profile.name)
        guard profile["mfa_serial"] == nil else {
            throw ObjectStoreError(
                .accessDenied,
                "Profile '\(profile.name)' asks for a code of a second factor, which kbackup cannot ask you for. "
                    + "Give it a 'credential_process', or put credentials of a session into the environment."
            )
        }
        let source = try await sourceCredentials(profile, files, &visited)
        return try await service.assumeRole(
            role,
            with: source,
            sessionName: profile["role_session_name"],
            externalID: profile["external_id"],
            durationInSeconds: profile["duration_seconds"]
        )
    }

    private func sourceCredentials(
        _ profile: SharedFiles.Profile,
        _ files: SharedFiles,
        _ visited: inout [String]
    ) async throws -> AWSCredentials {
        if let name = profile["source_profile"] {
            let source = try files.profile(name)
            // A profile may be its own source, when it has keys as well.
            if let found = try await credentials(
                of: source,
                in: files,
                as: name == profile.name ? .ownSource : .source,
                &visited
            ) {
                return found
            }
            throw ObjectStoreError(
                .accessDenied,
                "Profile '\(name)', which '\(profile.name)' takes as its source, has no credentials. Add them."
            )
        }
        let provider: any CredentialsProvider =
            switch profile["credential_source"] {
            case "Environment": EnvironmentCredentials(context: context)
            case "EcsContainer": ContainerCredentials(context: context)
            case "Ec2InstanceMetadata": InstanceCredentials(context: context)
            default:
                throw ObjectStoreError(
                    .accessDenied,
                    "Profile '\(profile.name)' has a role_arn, but neither a source_profile nor a credential_source that "
                        + "is one of Environment, EcsContainer and Ec2InstanceMetadata. Add one."
                )
            }
        switch try await provider.find() {
        case .found(let credentials): return credentials
        case .notSetUp(let place):
            throw ObjectStoreError(.accessDenied, "Profile '\(profile.name)' takes credentials from \(place).")
        }
    }
}
