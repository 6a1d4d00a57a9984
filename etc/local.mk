# SPDX-License-Identifier: BSD-3-Clause
# etc/: what is installed beside the module and the tool.
EXTRA_DIST += etc/packages.sh etc/p11mux.module.in

# A sample for the administrator, who chooses whether to use it.
dist_doc_DATA = etc/p11mux.logrotate etc/p11mux.tmpfiles

# Lists of at most one file: they are installed under other names.
sample_configuration = etc/p11mux.conf
bash_completion = etc/p11mux.bash
EXTRA_DIST += $(sample_configuration) $(bash_completion)

p11kitdir = $(datadir)/p11-kit/modules
p11kit_DATA = etc/p11mux.module
CLEANFILES += $(p11kit_DATA)

etc/p11mux.module: $(srcdir)/etc/p11mux.module.in Makefile
	@$(MKDIR_P) etc
	$(AM_V_GEN)sed 's,@pkcs11dir@,$(pkcs11dir),' \
		$(srcdir)/etc/p11mux.module.in >$@

# Where systemd looks for them, or with the documents.
unitdir = $(systemdsystemunitdir)
unit_DATA = etc/p11mux-audit-checkpoint.service etc/p11mux-status.service
dist_unit_DATA = etc/p11mux-audit-checkpoint.timer etc/p11mux-status.timer
EXTRA_DIST += $(unit_DATA:=.in)
CLEANFILES += $(unit_DATA)

$(unit_DATA): %: $(srcdir)/%.in Makefile
	@$(MKDIR_P) etc
	$(AM_V_GEN)sed -e 's,[@]bindir@,$(bindir),' \
		-e 's,[@]sysconfdir@,$(sysconfdir),' \
		-e 's,[@]localstatedir@,$(localstatedir),' $(srcdir)/$@.in >$@

configurationdir = $(sysconfdir)/p11mux
completiondir = $(datadir)/bash-completion/completions

# A configuration that is there already is the administrator's.
install-etc:
	@set -e; for file in $(sample_configuration); do \
		to='$(DESTDIR)$(configurationdir)'; \
		if test -e "$$to/p11mux.conf"; then \
			echo "$$to/p11mux.conf is there already and stays"; \
		else \
			$(MKDIR_P) "$$to"; \
			$(INSTALL_DATA) "$(srcdir)/$$file" "$$to/p11mux.conf"; \
		fi; \
	done
	@set -e; for file in $(bash_completion); do \
		to='$(DESTDIR)$(completiondir)'; \
		$(MKDIR_P) "$$to"; \
		$(INSTALL_DATA) "$(srcdir)/$$file" "$$to/p11mux"; \
	done

uninstall-etc:
	@for file in $(sample_configuration); do \
		to='$(DESTDIR)$(configurationdir)/p11mux.conf'; \
		if cmp -s "$(srcdir)/$$file" "$$to"; then rm -f "$$to"; fi; \
	done
	rm -f '$(DESTDIR)$(completiondir)/p11mux'

.PHONY: install-etc uninstall-etc
