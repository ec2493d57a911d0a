"""Who may call whom, and by which way: joins the calls with the registrar, the trunks and the guard."""
