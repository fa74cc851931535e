-- A plot of the card.
SELECT name, title, alt, svg
FROM nibrs.clearance_plot
WHERE name = %(plot)s
